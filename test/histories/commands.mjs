/** What a workflow did and was told, one line per event; what servers and workers note beside it is left out. */
const labels = {
  ACTIVITY_TASK_SCHEDULED: ({ activityId, activityType }) => `${activityType.name} ${activityId}`,
  MARKER_RECORDED: ({ markerName, details }) => `${markerName} ${labelOfMarker(details)}`,
  WORKFLOW_EXECUTION_SIGNALED: ({ signalName }) => signalName,
  WORKFLOW_EXECUTION_UPDATE_ACCEPTED: ({ acceptedRequest }) => acceptedRequest.input.name,
};
// A result is long, and differs from one recording to the next.
const unsaid = /^WORKFLOW_TASK_|^ACTIVITY_TASK_(STARTED|COMPLETED|FAILED|CANCELED|TIMED_OUT)$/;

function labelOfMarker({ data, 'patch-data': patch }) {
  const [payload] = (data ?? patch)?.payloads ?? [];
  if (!payload) return '';
  const { activity_type: type, id } = JSON.parse(Buffer.from(payload.data, 'base64').toString());
  return type ?? id;
}

/** @returns the history's commands and messages as text, in their order */
export function commandsOf({ events }) {
  const lines = events.map((event) => {
    const type = event.eventType.replace('EVENT_TYPE_', '');
    const [, attributes = {}] =
      Object.entries(event).find(([name]) => name.endsWith('Attributes')) ?? [];
    return unsaid.test(type) ? '' : `${type} ${labels[type]?.(attributes) ?? ''}`.trim();
  });
  return `${lines.filter((line) => line !== '').join('\n')}\n`;
}
