import { readFileSync } from 'node:fs';
import { parseEnv } from 'node:util';
import { describe, expect, test } from 'vitest';
import { connectedPlaces, readSeeds } from '../seeds/read.ts';
import { databaseUrl, readSettings, settingNames } from '../workers/settings.ts';
import { StartFailure } from '../workers/dev/start-failure.ts';

/** The sentences with which these settings are refused. */
function faultsOf(environment: NodeJS.ProcessEnv): string[] {
  try {
    readSettings(environment);
  } catch (error) {
    expect(error).toBeInstanceOf(StartFailure);
    return (error as StartFailure).message.split('\n');
  }
  return [];
}

describe('settings', () => {
  test('have defaults for all that npm start needs', () => {
    expect(readSettings({})).toEqual({
      TEMPORAL_NAMESPACE: 'default',
      KUASHENG_PLACES: ['500000', '510000'],
      KUASHENG_GATEWAY_HOST: '127.0.0.1',
      KUASHENG_GATEWAY_PORT: 8080,
      KUASHENG_ANSWER_DEADLINE_MS: 8000,
      KUASHENG_RELEASE_PER_SECOND: 20,
      KUASHENG_LOG_LEVEL: 'info',
      KUASHENG_DATA_DIRECTORY: '.data',
      KUASHENG_POSTGRES_PORT: 54329,
      KUASHENG_TEMPORAL_PORT: 7233,
      KUASHENG_TEMPORAL_UI_PORT: 8233,
    });
  });

  test('.env.example shows every setting with its default', () => {
    const example = parseEnv(readFileSync('.env.example', 'utf8')) as NodeJS.ProcessEnv;
    expect(Object.keys(example).toSorted()).toEqual([...settingNames].toSorted());
    expect(readSettings(example)).toEqual(readSettings({}));
  });

  test('an empty value counts as not set, and what is not ours is left alone', () => {
    const empty = Object.fromEntries(settingNames.map((name) => [name, '']));
    const others = { PATH: '/bin', TEMPORAL_TLS: '1', KUASHENG_TEST_SEED: '1' };
    expect(readSettings({ ...empty, ...others })).toEqual(readSettings({}));
  });

  test.each([
    ['KUASHENG_GATEWAY_PORT', 'abc', 'must be a port number.'],
    ['KUASHENG_GATEWAY_PORT', '-1', 'must be a port number.'],
    ['KUASHENG_GATEWAY_PORT', ' 80', 'must be a port number.'],
    ['KUASHENG_POSTGRES_PORT', '0', 'must be between 1 and 65535.'],
    ['KUASHENG_TEMPORAL_PORT', '65536', 'must be between 1 and 65535.'],
    ['KUASHENG_TEMPORAL_UI_PORT', '8233.5', 'must be a port number.'],
    ['KUASHENG_ANSWER_DEADLINE_MS', '99', 'must be milliseconds, 100 to 999999.'],
    ['KUASHENG_ANSWER_DEADLINE_MS', '000', 'must be milliseconds, 100 to 999999.'],
    ['KUASHENG_ANSWER_DEADLINE_MS', '8s', 'must be milliseconds, 100 to 999999.'],
    ['KUASHENG_LOG_LEVEL', 'loud', 'must be debug, info, warn or error.'],
    ['KUASHENG_PLACES', '500000,51000', '"51000" is not a six-digit place code such as 500000.'],
    ['KUASHENG_PLACES', '500000,', '"" is not a six-digit place code such as 500000.'],
    ['KUASHENG_PLACES', '500000, 500000', 'names a place twice.'],
    ['TEMPORAL_ADDRESS', 'localhost', 'must be host:port.'],
    ['TEMPORAL_NAMESPACE', 'a b', 'must be a namespace name.'],
    [
      'KUASHENG_DATABASE_URL',
      'postgres://localhost/centre',
      'must be a postgres:// URL with {party} as database.',
    ],
  ])('%s=%s is refused: it %s', (name, value, reason) => {
    expect(faultsOf({ [name]: value })).toEqual([`${name} ${reason}`]);
  });

  test('every fault has its own sentence, a misspelt name among them', () => {
    const wrong = {
      KUASHENG_GATEWAY_PRT: '1',
      KUASHENG_GATEWAY_PORT: 'abc',
      TEMPORAL_ADDRESS: 'x',
    };
    expect(faultsOf(wrong)).toEqual([
      'KUASHENG_GATEWAY_PRT is not a setting; see .env.example for all of them.',
      'TEMPORAL_ADDRESS must be host:port.',
      'KUASHENG_GATEWAY_PORT must be a port number.',
    ]);
  });

  test('the database of a party is named in the URL, whatever else is in it', () => {
    const template = 'postgresql://user:p%40ss@host:5432/{party}?sslmode=require';
    expect(readSettings({ KUASHENG_DATABASE_URL: template }).KUASHENG_DATABASE_URL).toBe(template);
    expect(databaseUrl(template, 'place_500000')).toBe(
      'postgresql://user:p%40ss@host:5432/place_500000?sslmode=require',
    );
  });
});

describe('the places that are served by default', () => {
  test('are those that the seeds enable', () => {
    const { KUASHENG_PLACES } = readSettings({});
    expect([...KUASHENG_PLACES].sort()).toEqual(connectedPlaces(readSeeds()).sort());
  });
});
