import { z } from 'zod';
import { isPlaceCode, type PlaceCode } from '../domain/identifiers.ts';
import { StartFailure } from './dev/start-failure.ts';

const port = z
  .string()
  .regex(/^\d{1,5}$/, 'must be a port number')
  .transform(Number)
  .refine((value) => value > 0 && value < 65536, 'must be between 1 and 65535');
const places = z.string().transform((text, context): PlaceCode[] => {
  const codes = text.split(',').map((code) => code.trim());
  const wrong = codes.find((code) => !isPlaceCode(code));
  if (wrong !== undefined)
    context.addIssue(`"${wrong}" is not a six-digit place code such as 500000`);
  else if (new Set(codes).size < codes.length) context.addIssue('names a place twice');
  return codes.filter(isPlaceCode);
});

/** How many waiting steps a second a place takes after its maintenance window. */
export const defaultReleasePerSecond = 20;

/** Every setting a process knows, with its default; the sentence per fault names the setting. */
const schema = z.object({
  TEMPORAL_ADDRESS: z
    .string()
    .regex(/^[^\s:]+:\d+$/, 'must be host:port')
    .optional(),
  TEMPORAL_NAMESPACE: z
    .string()
    .regex(/^[\w.-]+$/, 'must be a namespace name')
    .default('default'),
  TEMPORAL_CLI: z.string().min(1, 'must be a path').optional(),
  KUASHENG_DATABASE_URL: z
    .string()
    .regex(/^postgres(ql)?:\/\/.*\{party\}/, 'must be a postgres:// URL with {party} as database')
    .optional(),
  KUASHENG_PLACES: places.default(['500000', '510000'].filter(isPlaceCode)),
  KUASHENG_GATEWAY_HOST: z.string().min(1, 'must be a host').default('127.0.0.1'),
  KUASHENG_GATEWAY_PORT: port.default(8080),
  KUASHENG_ANSWER_DEADLINE_MS: z
    .string()
    .regex(/^[1-9]\d{2,5}$/, 'must be milliseconds, 100 to 999999')
    .transform(Number)
    .default(8000),
  KUASHENG_RELEASE_PER_SECOND: z
    .string()
    .regex(/^[1-9]\d{0,3}$/, 'must be a whole number, 1 to 9999')
    .transform(Number)
    .default(defaultReleasePerSecond),
  KUASHENG_MAINTENANCE_TOKEN: z
    .string()
    .regex(/^[\x21-\x7e]{16,200}$/, 'must be 16 to 200 characters without spaces')
    .optional(),
  KUASHENG_LOG_LEVEL: z
    .enum(['debug', 'info', 'warn', 'error'], 'must be debug, info, warn or error')
    .default('info'),
  KUASHENG_DATA_DIRECTORY: z.string().min(1, 'must be a directory').default('.data'),
  KUASHENG_POSTGRES_PORT: port.default(54329),
  KUASHENG_TEMPORAL_PORT: port.default(7233),
  KUASHENG_TEMPORAL_UI_PORT: port.default(8233),
});
export type Settings = z.infer<typeof schema>;
export const settingNames: readonly string[] = Object.keys(schema.shape);

/**
 * Reads and validates the settings of this process. An empty value counts as not set.
 *
 * @throws StartFailure with one sentence per fault
 */
export function readSettings(environment: NodeJS.ProcessEnv): Settings {
  const given = Object.fromEntries(
    settingNames.flatMap((name) => {
      const value = environment[name];
      return value === undefined || value === '' ? [] : [[name, value]];
    }),
  );
  const misspelt = Object.keys(environment).filter(
    (name) =>
      name.startsWith('KUASHENG_') &&
      !settingNames.includes(name) &&
      !name.startsWith('KUASHENG_TEST_'),
  );
  const parsed = schema.safeParse(given);
  const faults = [
    ...misspelt.map((name) => `${name} is not a setting; see .env.example for all of them.`),
    ...(parsed.success
      ? []
      : parsed.error.issues.map((issue) => `${issue.path.join('.')} ${issue.message}.`)),
  ];
  if (!parsed.success || faults.length > 0) throw new StartFailure(faults.join('\n'));
  return parsed.data;
}

/** The address of a party's database. */
export const databaseUrl = (template: string, party: string): string =>
  template.replace('{party}', party);
