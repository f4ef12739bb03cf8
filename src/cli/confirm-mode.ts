/** When `commctl` asks for a confirmation: the member `confirm` of its configuration file. */
export const confirmModes = ['always', 'terminal', 'never'] as const;
export type ConfirmMode = (typeof confirmModes)[number];
