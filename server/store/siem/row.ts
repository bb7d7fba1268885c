/** How an event of a type is classified in other systems, and what it says in their words. */
import type { EventData, EventType } from '../../../shared/event.ts';
import type { Activity, ClassName } from './classes.ts';
import type { Facts, Field, Value } from './fields.ts';

/** The allowed values that we use: https://www.elastic.co/docs/reference/ecs/ecs-category-field-values-reference */
export type EcsCategory = 'api' | 'configuration' | 'file' | 'network' | 'process' | 'session';
export type EcsType = 'access' | 'change' | 'connection' | 'creation' | 'deletion' | 'end' | 'info' | 'start';

export type Severity = 'info' | 'low' | 'medium' | 'high';

export interface Row<T extends EventType> {
  /** A few words, always the same for the type. */
  name: string;
  /** At least: a deny and a failure raise it. */
  severity: Severity;
  ecs: readonly [EcsCategory, EcsType];
  /** The class, and each activity that an event of the type can be: the first one where `activity` says no other. */
  ocsf: { [C in ClassName]: readonly [C, ...Activity<C>[]] }[ClassName];
  activity?: (data: EventData<T>) => Activity;
  facts?: (data: EventData<T>) => Facts;
}

export type Rows<T extends EventType> = { [K in T]: Row<K> };

/** What is empty is not said. */
export const said = (facts: { [F in Field]?: Value | null }): Facts =>
  Object.fromEntries(
    Object.entries(facts).filter(
      ([, value]) => value !== null && value !== '' && !(Array.isArray(value) && value.length === 0),
    ),
  );
