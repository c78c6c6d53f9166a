import type { Day } from './calendar.ts';
import type {
  DiseaseCode,
  FilingCategory,
  InstitutionCode,
  InstitutionLevel,
  PersonId,
  RegionCode,
} from './identifiers.ts';

/** An institution (定点医疗机构), designated on the days from … to. */
export interface InstitutionChange {
  code: InstitutionCode;
  region: RegionCode;
  name: string;
  level: InstitutionLevel;
  designatedFrom: Day;
  designatedTo: Day | null;
}
/** A disease that an institution opened, on the days from … to. */
export interface InstitutionDiseaseChange {
  institution: InstitutionCode;
  disease: DiseaseCode;
  openFrom: Day;
  openTo: Day | null;
}
/** The first days of a disease code in the place. */
export interface DiseaseOpeningChange {
  disease: DiseaseCode;
  qualificationFrom: Day;
  settlementFrom: Day;
}
/** A qualification (待遇资格认定), on the days from … to. */
export interface QualificationChange {
  person: PersonId;
  disease: DiseaseCode;
  validFrom: Day;
  validTo: Day | null;
}
/** A qualification under a local code that may become one of several national ones, from … to. */
export interface UnmigratedQualificationChange {
  person: PersonId;
  localCode: string;
  oneOf: readonly DiseaseCode[];
  validFrom: Day;
  validTo: Day | null;
}
/** A filing (异地就医备案) for a place or a pooling region, on the days from … to. */
export interface FilingChange {
  person: PersonId;
  filedFor: RegionCode;
  category: FilingCategory;
  validFrom: Day;
  validTo: Day | null;
}
/** Days on which a person's networked settlement is suspended. */
export interface SuspensionChange {
  person: PersonId;
  suspendedFrom: Day;
  suspendedTo: Day | null;
}

/**
 * What a place tells the centre's registry: the new state of one fact. The place is the sender's,
 * and an institution is told before the diseases that it opened.
 */
export type RegistryChange =
  | { kind: 'institution'; body: InstitutionChange }
  | { kind: 'institution-disease'; body: InstitutionDiseaseChange }
  | { kind: 'disease-opening'; body: DiseaseOpeningChange }
  | { kind: 'qualification'; body: QualificationChange }
  | { kind: 'unmigrated-qualification'; body: UnmigratedQualificationChange }
  | { kind: 'filing'; body: FilingChange }
  | { kind: 'suspension'; body: SuspensionChange };

export type RegistryChangeKind = RegistryChange['kind'];
