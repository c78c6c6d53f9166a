import { z } from 'zod';
import type { DiseaseRow, PlaceRow } from '../db/seeding.ts';
import {
  carryDown,
  checkedBy,
  diseaseCode,
  name,
  placeCode,
  refuseRepeats,
  source,
  sourcedDay,
  type Complain,
} from './shapes.ts';

export interface Alias {
  name: string;
  source: string;
}
export interface DiseaseEntry extends DiseaseRow {
  aliases: Alias[]; // what is sent under the same code
}

const place = z.strictObject({ code: placeCode, name, source, connected: sourcedDay.optional() });
const noRepeatedPlace = (file: { places: z.infer<typeof place>[] }, complain: Complain) => {
  refuseRepeats(
    file.places,
    ({ code }) => code,
    (index, code) => {
      complain(['places', index, 'code'], `${code} 写了两次，请去掉一个`);
    },
  );
};

/** `places.yaml` */
export const placesFile = z
  .strictObject({ places: z.array(place) })
  .superRefine(checkedBy(noRepeatedPlace))
  .transform(({ places }): PlaceRow[] =>
    places.map(({ connected, ...rest }) => ({ ...rest, connectedFrom: connected?.from ?? null })),
  );

const disease = z.strictObject({
  number: z.int(),
  code: diseaseCode,
  group: name.optional(),
  name,
  source,
  aliases: z.array(z.strictObject({ name, source })).default([]),
});
type PrintedDisease = z.infer<typeof disease>;

function checkDiseases(file: { diseases: PrintedDisease[] }, complain: Complain): void {
  const { diseases } = file;
  for (const [index, { number }] of diseases.entries()) {
    if (number !== index + 1) complain(['diseases', index, 'number'], '序号不对，应从 1 起依次写');
  }
  if (diseases[0] && diseases[0].group === undefined) {
    complain(['diseases', 0], '第一行要写 group，上面没有可沿用的');
  }
  refuseRepeats(
    diseases,
    ({ code }) => code,
    (index, code) => {
      complain(['diseases', index, 'code'], `${code} 写了两次，请去掉一个`);
    },
  );
  const aliases = diseases.flatMap((each, index) =>
    each.aliases.map((alias, of) => ({
      name: alias.name,
      path: ['diseases', index, 'aliases', of],
    })),
  );
  refuseRepeats(
    aliases,
    (alias) => alias.name,
    (index, alias) => {
      complain([...(aliases[index]?.path ?? []), 'name'], `${alias} 写了两次，请去掉一个`);
    },
  );
}

/** `diseases.yaml` */
export const diseasesFile = z
  .strictObject({ diseases: z.array(disease) })
  .superRefine(checkedBy(checkDiseases))
  .transform(({ diseases }): DiseaseEntry[] => {
    const groups = carryDown(diseases.map(({ group }) => group ?? ''));
    return diseases.map(({ code, name, aliases, source }, index) => ({
      code,
      name,
      group: groups[index] ?? '',
      aliases,
      source,
    }));
  });
