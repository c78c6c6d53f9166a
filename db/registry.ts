import type { PlaceCode } from '../domain/identifiers.ts';
import type { RegistryChange, RegistryChangeKind } from '../domain/registry.ts';
import type { Database, Transaction } from './database.ts';
import { inTransaction } from './database.ts';

/** One message of a place to the registry; `no` counts the place's messages. */
export interface NumberedChange {
  no: number;
  change: RegistryChange;
}

/** How a kind of message lands: a row of the table per key, the place's newest word wins. */
interface Landing {
  table: string;
  key: Record<string, string>; // column → SQL over `body` and `place`
  rest: Record<string, string>;
  ours: string; // only what belongs to the sender
}

const text = (field: string): string => `body ->> '${field}'`;
const date = (field: string): string => `(body ->> '${field}')::date`;

const landings: Record<RegistryChangeKind, Landing> = {
  institution: {
    table: 'institution',
    key: { code: text('code') },
    rest: {
      place: 'place',
      region: text('region'),
      name: text('name'),
      level: text('level'),
      designated_from: date('designatedFrom'),
      designated_to: date('designatedTo'),
    },
    ours: `not exists (select from institution i where i.code = body ->> 'code' and i.place <> told.place)`,
  },
  'institution-disease': {
    table: 'institution_disease',
    key: {
      institution: text('institution'),
      disease: text('disease'),
      open_from: date('openFrom'),
    },
    rest: { open_to: date('openTo') },
    ours: `exists (select from institution i where i.code = body ->> 'institution' and i.place = told.place)`,
  },
  'disease-opening': {
    table: 'disease_opening',
    key: { place: 'place', disease: text('disease') },
    rest: {
      qualification_from: date('qualificationFrom'),
      settlement_from: date('settlementFrom'),
    },
    ours: 'true',
  },
  qualification: {
    table: 'qualification',
    key: {
      place: 'place',
      person: text('person'),
      disease: text('disease'),
      valid_from: date('validFrom'),
    },
    rest: { valid_to: date('validTo') },
    ours: 'true',
  },
  'unmigrated-qualification': {
    table: 'unmigrated_qualification',
    key: {
      place: 'place',
      person: text('person'),
      local_code: text('localCode'),
      valid_from: date('validFrom'),
    },
    rest: {
      one_of: `array(select jsonb_array_elements_text(body -> 'oneOf'))`,
      valid_to: date('validTo'),
    },
    ours: 'true',
  },
  filing: {
    table: 'filing',
    key: {
      place: 'place',
      person: text('person'),
      filed_for: text('filedFor'),
      valid_from: date('validFrom'),
    },
    rest: { category: text('category'), valid_to: date('validTo') },
    ours: 'true',
  },
  suspension: {
    table: 'suspension',
    key: { place: 'place', person: text('person'), suspended_from: date('suspendedFrom') },
    rest: { suspended_to: date('suspendedTo') },
    ours: 'true',
  },
};

function landingStatement({ table, key, rest, ours }: Landing): string {
  const keys = Object.keys(key);
  const facts = [...Object.keys(rest), 'change_no'];
  const columns = [...keys, ...facts];
  const news = facts.map((column) => `${column} = excluded.${column}`);
  return `insert into ${table} (${columns.join(', ')})
    select distinct on (${Object.values(key).join(', ')})
      ${[...Object.values(key), ...Object.values(rest), 'change_no'].join(', ')}
    from registry_upload told
    where place = $1 and kind = $2 and change_no = any($3::bigint[]) and ${ours}
    order by ${Object.values(key).join(', ')}, change_no desc
    on conflict (${keys.join(', ')}) do update set ${news.join(', ')}
    where ${table}.change_no < excluded.change_no`;
}

/** Keeps the messages; gives back the numbers that were new. */
async function keep(
  transaction: Transaction,
  place: PlaceCode,
  changes: readonly NumberedChange[],
): Promise<number[]> {
  const { rows } = await transaction.query<{ no: number }>(
    `insert into registry_upload (place, change_no, kind, body)
     select $1, no, kind, body
     from jsonb_to_recordset($2::jsonb) as change (no bigint, kind text, body jsonb)
     on conflict do nothing returning change_no::int as no`,
    [place, JSON.stringify(changes.map(({ no, change }) => ({ no, ...change })))],
  );
  return rows.map((row) => row.no);
}

/** Takes a page of a place's messages into the registry, each once; a place speaks for itself only. */
export async function acceptChanges(
  database: Database,
  place: PlaceCode,
  changes: readonly NumberedChange[],
): Promise<void> {
  await inTransaction(database, async (transaction) => {
    const fresh = await keep(transaction, place, changes);
    // Institutions land before the diseases that they opened.
    for (const [kind, landing] of Object.entries(landings)) {
      await transaction.query(landingStatement(landing), [place, kind, fresh]);
    }
  });
}
