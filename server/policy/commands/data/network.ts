/** Programs that reach a network, a service or a store of credentials. */
import type { SpecTable } from '../spec.ts';

const fetches = (why: string, told = '') => ({
  asks: { '': ['fetches', why] as const },
  args: 'text*',
  raw: true,
  told,
});

export const NETWORK: SpecTable = {
  'curl wget http https httpie aria2c axel lynx w3m links': fetches(
    'It reaches the network, and can write what it gets.',
    '--version -V -h --help',
  ),
  ssh: fetches('It reaches another machine.', '-V'),
  'scp sftp sshfs ssh-keygen ssh-add ssh-copy-id mosh rlogin telnet ftp lftp tftp':
    fetches('It reaches another machine.'),
  'nc ncat netcat socat nmap': fetches('It reaches or opens a port.'),
  openssl: fetches('It reaches or opens a port, or works with keys.', 'version'),
  'ping ping6 traceroute tracepath dig nslookup host whois getent arp ip ifconfig netstat ss route': fetches(
    'It looks at, or reaches, the network.',
  ),
  'gh glab': fetches('It reaches a service with your login.', '--version --help'),
  hub: fetches('It reaches a service with your login.'),
  'aws terraform tofu': fetches('It reaches a service, or a store of credentials.', '--version'),
  'gcloud gsutil az doctl heroku vercel netlify fly flyctl railway pulumi vault op bw pass gopass kubectl helm kustomize oc':
    fetches('It reaches a service, or a store of credentials.'),
  'docker podman nerdctl buildah docker-compose kind minikube': {
    told: '--version -v --help',
    asks: { '': ['system', 'It starts programs outside of what confines this one.'] },
    args: 'text*',
    raw: true,
  },
  'mail sendmail mutt msmtp': fetches('It sends mail.'),
  'xclip xsel pbcopy pbpaste wl-copy wl-paste': fetches("It reads or sets the person's clipboard."),
  'gpg gpg2': fetches('It works with keys.', '--version'),
  'security secret-tool keyring age sops': fetches('It works with keys.'),
};
