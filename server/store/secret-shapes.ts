/** What secrets and personal data look like, as their makers document them: for what leaves this machine masked. */

export type MaskKind = 'secret' | 'email' | 'home' | 'host' | 'user' | 'word';

export interface Shape {
  name: string;
  kind: MaskKind;
  /** Global and linear: no repeat within a repeat. Of a match only its last group is masked, where it has one. */
  pattern: RegExp;
  /** A text that holds none of these, in lower case, need not be searched; none where nothing is sure. */
  needles: readonly string[];
}

/**
 * Where a word begins; also after a line end or a tab as JSON writes it, and after a colour of a terminal, whose letter would else
 * belong to the word.
 */
const START = '(?:(?<![A-Za-z0-9_])|(?<=\\\\[nrt])|(?<=\\u001b\\[[0-9;]{0,20}m))';

const secret = (name: string, pattern: RegExp, ...needles: string[]): Shape => ({
  name,
  kind: 'secret',
  needles: needles.length > 0 ? needles : beginning(pattern),
  pattern: new RegExp(pattern.source.replace(/^\\b/, START), pattern.flags),
});

/** The letters, digits, dashes and low lines right after the beginning of a word, in lower case. */
function beginning({ source }: RegExp): string[] {
  const [, literal = '', next = ''] = /^\\b([A-Za-z0-9_-]*)(.?)/.exec(source) ?? [];
  const sure = /[?*+{]/.test(next) ? literal.slice(0, -1) : literal;
  return sure === '' ? [] : [sure.toLowerCase()];
}

/** Whole where its end is there; else what follows the head, up to the next dash. Escaped line ends are as good as real ones. */
const PRIVATE_KEY =
  /-----BEGIN [A-Z0-9 ]{0,30}PRIVATE KEY(?: BLOCK)?-----(?:[\s\S]{0,16384}?-----END [A-Z0-9 ]{0,30}PRIVATE KEY(?: BLOCK)?-----|[^-]{0,16384})/g;

/** Where only the end of one is there, as in the lines around a change: some lines of it, begun where one begins, and its last one. */
const KEY_TAIL =
  /(?:(?<![A-Za-z0-9+/=\\])|(?<=\\[nrt]))(?:[A-Za-z0-9+/=]{16,100}(?:\r?\n|\\r?\\n|\\n)){0,80}[A-Za-z0-9+/=]{1,100}(?:\r?\n|\\r?\\n|\\n)-----END [A-Z0-9 ]{0,30}PRIVATE KEY(?: BLOCK)?-----/g;

/** As YAML and INI have it, but not what reads like the type or the rule of a field in code. */
const OWN_LINE =
  /(?:^|\\n)[ \t+-]{0,40}["']?[\w.-]{0,60}?(?:password|passwd|passphrase)["']?\s{0,3}[:=]\s{0,3}(?!(?:string|number|boolean|unknown|undefined|required|optional|password|object|hidden|config|process|self|this)\b)([^\s"'`()[\]{}<>,;$\\]{6,200})(?=[ \t]*(?:$|\\[rn]))/gim;

/** Tokens that say what they are. */
const TOKENS: readonly Shape[] = [
  secret('Anthropic, OpenAI and kin', /\bsk-[A-Za-z0-9_-]{16,}/g),
  secret('GitHub token', /\bgh[pousr]_[A-Za-z0-9]{16,}/g),
  secret('GitHub fine-grained token', /\bgithub_pat_[A-Za-z0-9_]{16,}/g),
  secret('GitLab token', /\bgl(?:pat|ptt|rt|dt|cbt|ft|soat|imt|agent)-[A-Za-z0-9_-]{16,}/g),
  secret('npm token', /\bnpm_[A-Za-z0-9]{30,}/g),
  secret('PyPI token', /\bpypi-[A-Za-z0-9_-]{32,}/g),
  secret('RubyGems key', /\brubygems_[a-f0-9]{40,}/g),
  secret('crates.io token', /\bcio[A-Za-z0-9]{32}\b/g),
  secret('Docker Hub token', /\bdckr_[po]at_[A-Za-z0-9_-]{20,}/g),
  secret('AWS access key id', /\b(?:AKIA|ASIA|ABIA|ACCA)[A-Z0-9]{16}\b/g, 'akia', 'asia', 'abia', 'acca'),
  secret('Google API key', /\bAIza[A-Za-z0-9_-]{30,}/g),
  secret('Google OAuth token', /\bya29\.[A-Za-z0-9_-]{20,}/g),
  secret('Google client secret', /\bGOCSPX-[A-Za-z0-9_-]{20,}/g),
  secret('Azure AD client secret', /\b[A-Za-z0-9_~.-]{3}8Q~[A-Za-z0-9_~.-]{31,34}/g, '8q~'),
  secret('DigitalOcean token', /\bdo[opr]_v1_[a-f0-9]{40,}/g, '_v1_'),
  secret('Hugging Face token', /\b(?:hf|api_org)_[A-Za-z0-9]{30,}/g, 'hf_', 'api_org_'),
  secret('Replicate token', /\br8_[A-Za-z0-9]{30,}/g),
  secret('Groq key', /\bgsk_[A-Za-z0-9]{30,}/g),
  secret('xAI key', /\bxai-[A-Za-z0-9]{30,}/g),
  secret('Perplexity key', /\bpplx-[A-Za-z0-9]{30,}/g),
  secret('Slack token', /\bxox[abeoprs](?:\.xox[a-z])?-[A-Za-z0-9-]{10,}/g),
  secret('Slack app token', /\bxapp-\d-[A-Za-z0-9-]{20,}/g),
  secret('Slack webhook', /\bhooks\.slack\.com\/(?:services|workflows)\/([A-Za-z0-9/_-]{20,})/g),
  secret('Discord webhook', /\bdiscord(?:app)?\.com\/api\/webhooks\/(\d{10,20}\/[A-Za-z0-9_-]{40,})/g),
  secret('Discord token', /\b[MNO][A-Za-z0-9_-]{23,27}\.[A-Za-z0-9_-]{6}\.[A-Za-z0-9_-]{27,45}/g, '.'),
  secret('Telegram bot token', /\b\d{8,10}:AA[A-Za-z0-9_-]{32,36}/g, ':aa'),
  secret('Stripe key', /\b[srp]k_(?:live|test)_[A-Za-z0-9]{16,}/g, 'k_live_', 'k_test_'),
  secret('Stripe webhook secret', /\bwhsec_[A-Za-z0-9+/=]{24,}/g),
  secret('Square token', /\bsq0[a-z]{3}-[A-Za-z0-9_-]{20,}/g),
  secret('Shopify token', /\bshp(?:at|ca|pa|ss|ua)_[a-fA-F0-9]{32}/g, 'shp'),
  secret('Twilio key', /\b(?:SK|AC)[a-f0-9]{32}\b/g, 'sk', 'ac'),
  secret('SendGrid key', /\bSG\.[A-Za-z0-9_-]{16,32}\.[A-Za-z0-9_-]{16,64}/g),
  secret('Mailgun key', /\bkey-[a-f0-9]{32}\b/g),
  secret('Mailchimp key', /\b[a-f0-9]{32}-us\d{1,2}\b/g, '-us'),
  secret('Atlassian token', /\bATATT3[A-Za-z0-9_=-]{50,}/g),
  secret('Linear key', /\blin_(?:api|oauth)_[A-Za-z0-9]{30,}/g),
  secret('Notion token', /\b(?:ntn|secret)_[A-Za-z0-9]{40,}/g, 'ntn_', 'secret_'),
  secret('Postman key', /\bPMAK-[a-f0-9]{24}-[a-f0-9]{34}/g),
  secret('Databricks token', /\bdapi[a-f0-9]{32}\b/g),
  secret('Grafana token', /\bgl(?:sa|c)_[A-Za-z0-9_+/=]{32,}/g, 'glsa_', 'glc_'),
  secret('New Relic key', /\bNR(?:AK|JS|II)-[A-Za-z0-9_-]{20,}/g),
  secret('Sentry token', /\bsntry[su]_[A-Za-z0-9_+/=-]{40,}/g),
  secret('Doppler token', /\bdp\.(?:pt|st|ct|sa|scim|audit)\.[A-Za-z0-9_.-]{30,}/g),
  secret('Vault token', /\bhv[sbr]\.[A-Za-z0-9_-]{24,}/g),
  secret('Terraform Cloud token', /\b[A-Za-z0-9]{14}\.atlasv1\.[A-Za-z0-9_-]{50,}/g, '.atlasv1.'),
  secret('Pulumi token', /\bpul-[a-f0-9]{40}\b/g),
  secret('Fly.io token', /\bfo1_[A-Za-z0-9_-]{40,}/g),
  secret('Supabase key', /\bsb[ps]_[A-Za-z0-9_]{30,}/g),
  secret('PlanetScale password', /\bpscale_(?:tkn|pw|oauth)_[A-Za-z0-9_.=-]{30,}/g),
  secret('age secret key', /\bAGE-SECRET-KEY-1[A-Z0-9]{50,}/g),
  secret('JSON web token', /\beyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]*/g),
  secret('token of a share', /\bvts_[A-Za-z0-9_-]{40,}/g),
  secret('code of a one-time link', /#(?:code|token)=([A-Za-z0-9_-]{8,})/g, '#code=', '#token='),
];

/** One of these is in each of the names below. */
const IN_NAMED = ['key', 'secret', 'passw', 'passphrase', 'pwd', 'token', 'credential'] as const;
/** The name that stands before a value that is likely a secret. */
const NAMED =
  '(?:api[_-]?key|access[_-]?key|secret[_-]?key|account[_-]?key|private[_-]?key|client[_-]?secret|secret|passwd|password|passphrase|pwd|auth[_-]?token|access[_-]?token|token|credentials?)';

/** Secrets that only their surroundings tell. */
const PLACES: readonly Shape[] = [
  secret('private key', PRIVATE_KEY, 'private key'),
  secret('end of a private key', KEY_TAIL, 'private key'),
  secret('PuTTY key', /PuTTY-User-Key-File-\d:[\s\S]{0,16384}?Private-MAC: [a-f0-9]{8,}/g, 'putty'),
  secret(
    'authorisation header',
    /\b(?:bearer|basic|token)\s{1,3}([A-Za-z0-9._~+/=-]{16,})/gi,
    'bearer',
    'basic',
    'token',
  ),
  secret('key header', /\bx-(?:api|auth|access)-(?:key|token)["']?\s{0,3}[:=]\s{0,3}["']?([^\s"',]{8,})/gi, 'x-'),
  secret('cookie', /\b(?:set-)?cookie["']?\s{0,3}:\s{0,3}["']?([^\s"'][^"'\r\n]{7,2000})/gi, 'cookie'),
  secret('password in a URL', /\b[a-z][a-z0-9+.-]{1,20}:\/\/[^\s/:@"']{0,100}:([^\s/@"']{1,200})(?=@)/gi, '://'),
  secret(
    'password in .netrc',
    /\bmachine\s{1,4}\S{1,200}\s{1,4}login\s{1,4}\S{1,200}\s{1,4}password\s{1,4}(\S{1,200})/g,
    'machine',
  ),
  secret('npm credentials', /_(?:authToken|auth|password)\s{0,3}=\s{0,3}["']?([^\s"']{8,})/g, '_auth', '_password'),
  secret(
    'password of a connection',
    /\b(?:password|pwd|accountkey|sharedaccesskey)=([^;\s"']{6,200})(?=;|["'\s]|$)/gi,
    'password=',
    'pwd=',
    'key=',
  ),
  secret(
    'signature of a shared link',
    /[?&](?:sig|signature|x-amz-signature|x-goog-signature)=([A-Za-z0-9%+/_=-]{16,})/gi,
    'sig',
  ),
  secret(
    'named value in quotes',
    new RegExp(`${NAMED}["'\\\\]{0,3}\\s{0,3}(?:[:=]|=>)\\s{0,3}\\\\?["'\`]([^"'\`\\s\\\\]{8,500})`, 'gi'),
    ...IN_NAMED,
  ),
  secret(
    'named value',
    new RegExp(`${NAMED}\\s{0,2}[:=]\\s{0,2}((?=[A-Za-z0-9+/_=-]{0,60}\\d)[A-Za-z0-9+/_=-]{12,500})`, 'gi'),
    ...IN_NAMED,
  ),
  secret(
    'variable of the environment',
    /(?<![A-Za-z0-9_])[A-Z0-9_]{0,80}(?:PASSWORD|PASSWD|PASSPHRASE|_PASS|_PWD|SECRET(?:_KEY(?:_BASE)?)?|TOKEN|API_?KEY|ACCESS_?KEY|PRIVATE_?KEY|CREDENTIALS?)=["']?([^\s"'`$<>(){}]{6,500})/g,
    ...['passw', 'passphrase', '_pass=', '_pwd=', 'secret', 'token=', 'key=', 'credential'],
  ),
  secret('password on a line of its own', OWN_LINE, 'passw', 'passphrase'),
  secret('password in SQL', /\b(?:identified\s{1,3}by|password)\s{1,3}'([^'\r\n]{4,200})'/gi, 'identified', 'password'),
  secret('hash of a password', /\$(?:apr1|[1-7y]|2[abxy]|argon2(?:i|d|id))\$[A-Za-z0-9./$=,+-]{20,500}/g, '$'),
  secret(
    'login of a registry',
    /"(?:auth|identitytoken)"\s{0,3}:\s{0,3}"([A-Za-z0-9+/=._-]{8,4000})"/g,
    'auth"',
    'identitytoken',
  ),
  secret(
    'option of a command',
    new RegExp(`--?${NAMED}[=\\s]\\s{0,2}["']?([^\\s"'-][^\\s"']{5,500})`, 'gi'),
    ...IN_NAMED,
  ),
  secret('user of curl', /\bcurl\b[^\n]{0,200}?\s(?:-u|--user)[\s=]{1,3}["']?([^\s"']{3,200}:[^\s"']{1,200})/g, 'curl'),
];

const PRIVATE = ['10.', '192.168.', '169.254.', '172.', '100.'];

/** Personal data, and what tells of the inside of a network. */
const PERSONAL: readonly Shape[] = [
  {
    name: 'e-mail address',
    kind: 'email',
    needles: ['@'],
    pattern:
      /(?<![\w.%+-])(?!git@)[A-Za-z0-9._%+-]{1,64}@[A-Za-z0-9-]{1,63}(?:\.[A-Za-z0-9-]{1,63}){0,5}\.[A-Za-z]{2,24}\b/g,
  },
  {
    name: 'home directory',
    kind: 'home',
    needles: ['home', 'users'],
    pattern: /(?<![\w.])\/(?:home|Users)\/[^\s/"'`:;,<>()|\\]{1,64}/g,
  },
  {
    name: 'home directory',
    kind: 'home',
    needles: ['home', 'users'],
    pattern: /\b[A-Za-z]:(?:\\{1,4}|\/)Users(?:\\{1,4}|\/)[^\s\\/"'`:;,<>()|]{1,64}/gi,
  },
  {
    name: 'private address',
    kind: 'host',
    needles: PRIVATE,
    pattern:
      /(?<![\d.])(?:10\.\d{1,3}|192\.168|169\.254|172\.(?:1[6-9]|2\d|3[01])|100\.(?:6[4-9]|[7-9]\d|1[01]\d|12[0-7]))\.\d{1,3}\.\d{1,3}(?![\d.]*\d)/g,
  },
  {
    name: 'private address',
    kind: 'host',
    needles: ['fc', 'fd', 'fe80'],
    pattern: /(?<![\w:])f(?:[cd][0-9a-f]{2}|e80):[0-9a-f:]{2,40}/gi,
  },
  {
    name: 'name inside a network',
    kind: 'host',
    needles: ['.local', '.internal', '.intranet', '.corp', '.lan', '.home.arpa'],
    pattern:
      /(?<![\w.-])(?:[a-z0-9-]{1,63}\.){1,5}(?:local|internal|intranet|corp|lan|localdomain|home\.arpa)(?![\w-])/gi,
  },
];

export const SHAPES: readonly Shape[] = [...PLACES, ...TOKENS, ...PERSONAL];
