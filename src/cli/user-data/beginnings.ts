/** The content types that cloud-init knows by the beginning of a text (its manual, "User data formats"). */
const beginnings = {
  '## template: jinja': 'text/jinja2',
  '#!': 'text/x-shellscript',
  '#include-once': 'text/x-include-once-url',
  '#include': 'text/x-include-url',
  '#cloud-config-archive': 'text/cloud-config-archive',
  '#cloud-config-jsonp': 'text/cloud-config-jsonp',
  '#cloud-config': 'text/cloud-config',
  // cloud-init before 22.
  '#upstart-job': 'text/upstart-job',
  '#cloud-boothook': 'text/cloud-boothook',
  '#part-handler': 'text/part-handler',
} as const;

export type ContentType = (typeof beginnings)[keyof typeof beginnings];

/** The first lines that cloud-init knows, as a person writes them. */
export const knownBeginnings = Object.keys(beginnings).join(', ');

/** The content type that the first line tells, in any case and after any blank lines, as cloud-init does. */
export function contentTypeOf(text: string): ContentType | undefined {
  const start = text.trimStart().slice(0, 100).toLowerCase();
  return Object.entries(beginnings).find(([beginning]) => start.startsWith(beginning))?.[1];
}
