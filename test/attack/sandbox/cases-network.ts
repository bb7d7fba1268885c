/** Attacks over the network and over sockets. */
import { blocked, works } from './case.ts';

const NETNS = 'a network namespace of its own';
const FAMILY = 'seccomp: sockets are of four families';
const MASKED = 'an unreadable empty file lies over the socket';
const PORTS = 'Landlock lets through the ports of the policy';
const host = { variant: 'host-network' } as const;

export const NETWORK_CASES = [
  blocked('tcp-agent-server', 'attack tcp 127.0.0.1 "$AGENT_PORT"', NETNS),
  blocked('tcp6-mapped-agent-server', 'attack tcp6 "$AGENT_PORT"', NETNS),
  blocked('dev-tcp-agent', 'exec 3<>"/dev/tcp/127.0.0.1/$AGENT_PORT"', NETNS),
  blocked('curl-agent-api', 'curl -sf -m 2 "http://127.0.0.1:$AGENT_PORT/"', NETNS),
  blocked(
    'node-agent-api',
    'node -e "fetch(\'http://127.0.0.1:$AGENT_PORT/\').then(()=>process.exit(0),()=>process.exit(1))"',
    NETNS,
  ),
  blocked('tcp-any-address-agent-server', 'attack tcp 0.0.0.0 "$AGENT_PORT"', NETNS),
  blocked('tcp-gateway-dns', 'attack tcp "$(awk \'/nameserver/{print $2;exit}\' /etc/resolv.conf)" 53', NETNS, {
    alone: 'closed',
  }),
  blocked('udp-dns', 'attack udp-answer "$(awk \'/nameserver/{print $2;exit}\' /etc/resolv.conf)" 53', NETNS, {
    alone: 'closed',
  }),
  blocked('tcp-internet', 'attack tcp 192.0.2.1 443', NETNS, { alone: 'closed' }),
  blocked('udp-internet', 'attack udp 192.0.2.1 53', NETNS, { alone: 'closed' }),
  blocked('metadata-service', 'curl -sf -m 2 http://169.254.169.254/', NETNS, { alone: 'closed' }),
  blocked('udp-local', 'attack udp-answer 127.0.0.1 "$UDP_PORT"', NETNS),
  blocked('getent-dns', 'getent hosts example.org', NETNS, { alone: 'closed' }),
  blocked('see-interfaces', 'grep -q eth0 /proc/net/dev', NETNS, { alone: 'closed' }),
  blocked('see-sockets-of-the-host', 'grep -q "$ABSTRACT" /proc/net/unix', NETNS),
  blocked('unix-abstract', 'attack abstract "$ABSTRACT"', 'the network namespace; Landlock scopes it too'),
  blocked('unix-abstract-datagram', 'attack abstract-dgram "$ABSTRACT-none"', 'no such socket', { alone: 'closed' }),
  blocked('unix-in-workspace', 'attack unix "$WS/host.sock"', MASKED),
  blocked('unix-in-seen', 'attack unix "$SEEN/host.sock"', MASKED),
  blocked('unix-moved', 'mv host.sock h2 && attack unix "$WS/h2"', MASKED),
  blocked('unix-of-the-user', 'attack unix "$OUT/host.sock"', 'it is not in the view'),
  blocked('unix-refused', 'attack socket 1 1 0', 'the policy lets through no unix socket', { variant: 'unix-off' }),
  // --- families and protocols
  blocked('raw-icmp', 'attack raw', FAMILY, { alone: 'open-root' }),
  blocked('raw-six', 'attack socket 10 3 58', FAMILY, { alone: 'open-root' }),
  blocked('packet-socket', 'attack socket 17 3 0', FAMILY, { alone: 'open-root' }),
  blocked('netlink-nf', 'attack netlink-nf', 'seccomp: of netlink, routes alone'),
  blocked('netlink-uevent', 'attack socket 16 3 15', 'seccomp: of netlink, routes alone'),
  blocked('netlink-generic', 'attack socket 16 3 16', 'seccomp: of netlink, routes alone'),
  blocked('netlink-audit', 'attack socket 16 3 9', 'seccomp: of netlink, routes alone', { alone: 'closed' }),
  blocked('vsock', 'attack vsock', FAMILY, { alone: 'machine' }),
  blocked('alg-socket', 'attack socket 38 5 0', FAMILY, { alone: 'machine' }),
  blocked('xdp-socket', 'attack socket 44 3 0', FAMILY, { alone: 'closed' }),
  blocked('can-socket', 'attack socket 29 3 1', FAMILY, { alone: 'closed' }),
  blocked('bluetooth-socket', 'attack socket 31 3 1', FAMILY, { alone: 'closed' }),
  blocked('mptcp', 'attack socket 2 1 262', FAMILY, { alone: 'machine' }),
  blocked('sctp', 'attack socket 2 1 132', FAMILY, { alone: 'machine' }),
  blocked('udplite', 'attack socket 2 2 136', FAMILY, { alone: 'closed' }),
  blocked('ping-socket', 'attack socket 2 2 1', FAMILY, { alone: 'machine' }),
  // --- on the host's network, which one command was given
  blocked('host-other-port', 'attack tcp 127.0.0.1 "$AGENT_PORT"', PORTS, host),
  blocked('host-other-port-mptcp', 'attack mptcp 127.0.0.1 "$AGENT_PORT"', `${PORTS}; seccomp refuses MPTCP`, {
    ...host,
    alone: 'closed',
  }),
  blocked(
    'host-other-port-fast-open',
    'attack fastopen 127.0.0.1 "$AGENT_PORT"',
    'seccomp, as Landlock is not asked',
    host,
  ),
  blocked(
    'host-other-port-fast-open-message',
    'attack fastopen-msg 127.0.0.1 "$AGENT_PORT"',
    'seccomp, as Landlock is not asked',
    host,
  ),
  blocked('host-other-port-six', 'attack tcp6 "$AGENT_PORT"', PORTS, host),
  blocked('host-abstract', 'attack abstract "$ABSTRACT"', 'Landlock scopes abstract sockets', host),
  blocked('host-listen', 'attack listen 48123', 'Landlock lets no port be bound', host),
  blocked('host-raw', 'attack raw', FAMILY, { ...host, alone: 'open-root' }),
  works('host-allowed-port', 'attack tcp 127.0.0.1 "$ALLOWED_PORT"', host),
];
