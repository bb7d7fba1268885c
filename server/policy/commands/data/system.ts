/** Facts of the machine, and programs that change it. */
import type { Cause, SpecTable } from '../spec.ts';

const asks = (why: string, cause: Cause = 'system') => ({
  asks: { '': [cause, why] as const },
  args: 'text*',
  raw: true,
});

export const SYSTEM: SpecTable = {
  'echo true false': { raw: true, args: 'text*' },
  printf: { args: 'text text*', ordered: true },
  'test [': { raw: true, args: 'text*' },
  pwd: { flags: '-L -P' },
  yes: { args: 'text*' },
  sleep: { raw: true, args: 'text*' },
  date: {
    args: 'text*',
    check: 'date',
    flags:
      '-u -R -I? -d:text -j --utc --universal --date=text --iso-8601? --rfc-3339=text --rfc-email -r:list --reference=list',
    asks: {
      '-s': ['system', 'It sets the clock.'],
      '--set': ['system', 'It sets the clock.'],
      '-f': ['system', 'It reads dates from a file.'],
    },
  },
  cal: { args: 'text*', flags: '-1 -3 -y -m -s -j' },
  'whoami logname tty arch nproc users hostid': { flags: '--all --ignore=text -s --version' },
  id: { args: 'plain*', flags: '-u -g -G -n -r -z -a --user --group --groups --name --real' },
  groups: { args: 'plain*' },
  uname: {
    flags:
      '-a -s -n -r -v -m -p -i -o --all --kernel-name --nodename --kernel-release --kernel-version --machine --processor --operating-system',
  },
  hostname: { flags: '-s -f -i -I -d -A --short --fqdn --long' },
  uptime: { flags: '-p -s --pretty --since' },
  free: { flags: '-b -k -m -g -h -w -t --human --mega --giga --total' },
  df: {
    args: 'list*',
    flags: '-a -h -H -i -k -l -m -P -T -t:text -x:text -B:text --human-readable --total --output? --type=text --local',
  },
  lscpu: { flags: '-e? -p? -J -x' },
  getconf: { args: 'plain*', flags: '-a' },
  locale: { args: 'plain*', flags: '-a -m -k -c' },
  ps: {
    args: 'text*',
    check: 'ps',
    flags:
      '-e -A -a -d -f -F -l -j -u:plain -p:plain -C:plain -o:text --sort=text --no-headers --forest -w -x -L -H --pid=plain',
  },
  which: { args: 'text*', flags: '-a -s' },
  whereis: { args: 'text*', flags: '-b -m -s' },
  printenv: { args: 'text*', check: 'printenv' },
  tput: { args: 'plain*' },
  clear: {},
  'kill pkill killall xkill skill renice': asks('It ends or slows other programs.'),
  'shutdown reboot halt poweroff init systemctl service launchctl journalctl loginctl': asks(
    'It changes what this machine runs.',
  ),
  'mount umount losetup mkfs fdisk parted swapon modprobe insmod rmmod sysctl dmesg fsck':
    asks('It changes this machine.'),
  'crontab at batch': asks('It has programs run later.', 'runs'),
  'useradd userdel usermod groupadd passwd chsh chpasswd visudo': asks('It changes who may use this machine.'),
  'tmux screen byobu zellij nohup dtach': asks('It starts programs that go on by themselves.', 'runs'),
  'xdg-open open start gnome-open explorer': asks('It opens something on your screen.', 'runs'),
  'sha1pass htpasswd': asks('It works with passwords.', 'tells'),
};
