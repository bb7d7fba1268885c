/** What of the system a confined program sees: programs, libraries, and of /etc what is named here and is open to all. */
import { lstat, readlink, realpath, stat } from 'node:fs/promises';
import type { SystemView } from './compile.ts';

/** Where distributions keep programs and libraries. Some of these are links to others (a merged /usr). */
const ROOTS = ['/usr', '/bin', '/sbin', '/lib', '/lib32', '/lib64', '/libx32', '/nix/store', '/gnu/store'];

/** Read by the C library, shells, interpreters and TLS libraries. Neither shadow nor keys nor anything of another service. */
const ETC = [
  ...['passwd', 'group', 'nsswitch.conf', 'hosts', 'host.conf', 'resolv.conf', 'gai.conf', 'localtime', 'timezone'],
  ...['ld.so.cache', 'ld.so.conf', 'ld.so.conf.d', 'alternatives', 'profile', 'bash.bashrc', 'inputrc', 'terminfo'],
  ...['ssl/certs', 'ssl/openssl.cnf', 'ssl/cert.pem', 'pki/tls/certs', 'pki/tls/openssl.cnf', 'pki/ca-trust/extracted'],
  ...['ca-certificates/extracted', 'crypto-policies', 'protocols', 'services', 'mime.types', 'shells', 'os-release'],
  ...['debian_version', 'locale.alias', 'locale.conf', 'magic', 'fonts', 'java-8-openjdk', 'java-11-openjdk'],
  ...['java-17-openjdk', 'java-21-openjdk', 'perl', 'python3', 'vim', 'lsb-release', 'machine-info', 'environment.d'],
].map((name) => `/etc/${name}`);

export type SystemRoots = Pick<SystemView, 'readOnly' | 'links'>;

/** Looks once; a distribution does not move its folders while we run. */
export async function readSystem(): Promise<SystemRoots> {
  const roots = await Promise.all(ROOTS.map(rootAt));
  const etc = await Promise.all(ETC.map(openToAll));
  return {
    readOnly: [...roots.flatMap((root) => root.readOnly), ...etc.flat()],
    links: roots.flatMap((root) => root.links),
  };
}

async function rootAt(path: string): Promise<SystemRoots> {
  const found = await lstat(path).catch(ifAbsent);
  if (found === null) return { readOnly: [], links: [] };
  if (found.isSymbolicLink()) return { readOnly: [], links: [{ target: await readlink(path), at: path }] };
  return found.isDirectory() ? { readOnly: [{ host: path, at: path }], links: [] } : { readOnly: [], links: [] };
}

/** What not every user may read is not shown: as root we could, and a confined program with us. */
async function openToAll(path: string): Promise<{ host: string; at: string }[]> {
  const host = await realpath(path).catch(ifAbsent);
  if (host === null) return [];
  const found = await stat(host);
  const wanted = found.isDirectory() ? 0o005 : 0o004;
  const fits = (found.isDirectory() || found.isFile()) && (found.mode & wanted) === wanted;
  return fits ? [{ host, at: path }] : [];
}

function ifAbsent(error: NodeJS.ErrnoException): null {
  if (error.code === 'ENOENT' || error.code === 'ENOTDIR' || error.code === 'EACCES' || error.code === 'ELOOP')
    return null;
  throw error;
}
