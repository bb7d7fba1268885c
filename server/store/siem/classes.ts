/** The event classes of OCSF that ours become: their numbers, their activities, and the attributes that we fill. */

/** The version of the schema that all of this is of: https://schema.ocsf.io/1.6.0 */
export const OCSF_VERSION = '1.6.0';

/** 0 and 99 are in every class. */
const OTHER = { Other: 99 } as const;

export const CLASSES = {
  file: {
    uid: 1001,
    category: 1,
    caption: 'File System Activity',
    activities: { Create: 1, Read: 2, Update: 3, Delete: 4, Rename: 5, ...OTHER },
    attributes: ['file'],
  },
  process: {
    uid: 1007,
    category: 1,
    caption: 'Process Activity',
    activities: { Launch: 1, Terminate: 2, ...OTHER },
    attributes: ['process', 'exit_code'],
  },
  network: {
    uid: 4001,
    category: 4,
    caption: 'Network Activity',
    activities: { Open: 1, Close: 2, Fail: 4, Refuse: 5, ...OTHER },
    attributes: ['dst_endpoint', 'traffic'],
  },
  application: {
    uid: 6002,
    category: 6,
    caption: 'Application Lifecycle',
    activities: { Start: 3, Stop: 4, ...OTHER },
    attributes: [],
  },
  api: {
    uid: 6003,
    category: 6,
    caption: 'API Activity',
    activities: { Create: 1, Read: 2, Update: 3, Delete: 4, ...OTHER },
    attributes: ['api'],
  },
} as const;

export type ClassName = keyof typeof CLASSES;
export type Activity<C extends ClassName = ClassName> = C extends ClassName
  ? keyof (typeof CLASSES)[C]['activities'] & string
  : never;

export const CATEGORIES: Readonly<Record<number, string>> = {
  1: 'System Activity',
  4: 'Network Activity',
  6: 'Application Activity',
};
