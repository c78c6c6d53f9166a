import { type Connection, isGrpcServiceError } from '@temporalio/client';
import { msToTs } from '@temporalio/common/lib/time.js';
import { setTimeout as sleep } from 'node:timers/promises';
import { StartFailure } from './start-failure.ts';

/** The types of the wire's enumeration IndexedValueType. */
const attributeTypes = {
  Text: 1,
  Keyword: 2,
  Int: 3,
  Double: 4,
  Bool: 5,
  Datetime: 6,
  KeywordList: 7,
} as const;
export type SearchAttributeType = keyof typeof attributeTypes;
export type SearchAttributes = Readonly<Record<string, SearchAttributeType>>;

const retention = '30 days';
const usableLimitSeconds = 30;
const notFound = 5; // gRPC's status

/** Makes sure that the namespace is there and knows our search attributes. */
export async function prepareNamespace(
  connection: Connection,
  namespace: string,
  attributes: SearchAttributes,
  progress: (line: string) => void,
): Promise<void> {
  if (!(await hasNamespace(connection, namespace))) {
    progress(`Temporal: registering the namespace ${namespace}`);
    await connection.workflowService.registerNamespace({
      namespace,
      workflowExecutionRetentionPeriod: msToTs(retention),
    });
    await waitUntil(`the namespace ${namespace}`, () => hasNamespace(connection, namespace));
  }
  const missing = await missingAttributes(connection, namespace, attributes);
  if (missing.length === 0) return;
  progress(`Temporal: registering the search attributes ${missing.join(', ')}`);
  const searchAttributes = Object.fromEntries(
    Object.entries(attributes)
      .filter(([name]) => missing.includes(name))
      .map(([name, type]) => [name, attributeTypes[type]]),
  );
  await connection.operatorService.addSearchAttributes({ namespace, searchAttributes });
  await waitUntil(
    'the search attributes',
    async () => (await missingAttributes(connection, namespace, attributes)).length === 0,
  );
}

async function hasNamespace(connection: Connection, namespace: string): Promise<boolean> {
  try {
    await connection.workflowService.describeNamespace({ namespace });
    // A new namespace is described at once, but other calls find it only after some seconds.
    await connection.operatorService.listSearchAttributes({ namespace });
    return true;
  } catch (error) {
    const status: number | null = isGrpcServiceError(error) ? error.code : null;
    if (status === notFound) return false;
    throw error;
  }
}

async function missingAttributes(
  connection: Connection,
  namespace: string,
  attributes: SearchAttributes,
): Promise<string[]> {
  const { customAttributes } = await connection.operatorService.listSearchAttributes({ namespace });
  const known = new Map<string, number>(Object.entries(customAttributes));
  for (const [name, type] of Object.entries(attributes)) {
    const there = known.get(name);
    if (there === undefined || there === attributeTypes[type]) continue;
    throw new StartFailure(
      `Temporal's namespace ${namespace} has a search attribute ${name} that is not of the type ${type}: use another namespace.`,
    );
  }
  return Object.keys(attributes).filter((name) => !known.has(name));
}

async function waitUntil(what: string, isDone: () => Promise<boolean>): Promise<void> {
  const deadline = Date.now() + usableLimitSeconds * 1000;
  while (!(await isDone())) {
    if (Date.now() > deadline)
      throw new StartFailure(`Temporal does not get ${what} ready: see its log.`);
    await sleep(200);
  }
}
