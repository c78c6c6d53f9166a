import { placeOf, type PlaceCode } from '../domain/identifiers.ts';
import type { Visit } from '../domain/visit.ts';
import type { SettlementClient, WhyUndetermined } from './client.ts';
import { UnreadableMessage, type Complaint } from './complaint.ts';
import type { Door } from './door.ts';
import type { Message, SettlementOrder } from './messages.ts';
import type { Names, Notice } from './notices.ts';
import type { Institution, TreatingStore, TreatingStores } from './store.ts';
import type { Fields } from './wire/json.ts';

export interface Surroundings {
  stores: TreatingStores;
  settlements: SettlementClient;
  names: Names;
  door?: Door;
}
/** How long the sender still waits. */
export type TimeLeft = () => number;

export type Answer =
  | { kind: 'done'; output: Fields | null } // null: the transaction has no output
  | {
      kind: 'not-done';
      notice: Notice;
      status?: string; // of the envelope; failure where it is not told
      why?: WhyUndetermined | 'unexpected';
      error?: unknown; // for the log, never for the sender
    };

export function complain(complaint: Complaint): never {
  throw new UnreadableMessage(complaint);
}

/** Where a message plays: the treating place, its store, the institution that sent it. */
export interface Scene {
  place: PlaceCode;
  store: TreatingStore;
  institution: Institution;
}
export async function sceneOf(
  { stores, names }: Pick<Surroundings, 'stores' | 'names'>,
  message: Pick<Message, 'institution' | 'treatingRegion' | 'insuredRegion'>,
): Promise<Scene> {
  const place = placeOf(message.treatingRegion);
  const store = stores.get(place);
  if (!store) {
    const served = [...stores.keys()];
    return complain({ reason: 'place-not-served', served, received: message.treatingRegion });
  }
  const insuredPlace = placeOf(message.insuredRegion);
  if (!names.knowsPlace(insuredPlace)) {
    const received = message.insuredRegion;
    complain({
      reason: 'field-wrong',
      field: 'insuplc_admdvs',
      row: null,
      expected: '存在的医保区划',
      received,
    });
  }
  if (insuredPlace === place) complain({ reason: 'same-place', place });
  const institution = await store.institution(message.institution);
  if (institution) return { place, store, institution };
  return complain({ reason: 'institution-unknown', institution: message.institution, place });
}

/** The visit, if it is this institution's and this person's. */
export async function visitOf(
  { store }: Scene,
  message: Message,
  { visit: id, person }: Pick<SettlementOrder, 'visit' | 'person'>,
): Promise<Visit> {
  const visit = await store.visit(id);
  if (visit?.institution !== message.institution) return complain({ reason: 'visit-unknown' });
  if (visit.person !== person) complain({ reason: 'visit-differs', field: 'psn_no' });
  if (visit.insuredRegion !== message.insuredRegion) {
    complain({ reason: 'visit-differs', field: 'insuplc_admdvs' });
  }
  return visit;
}
