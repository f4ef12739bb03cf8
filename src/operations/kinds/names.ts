/** The names of all kinds; a test compares them with the registry. */
export const kindNames = ['reboot', 'restart', 'upgrade', 'deploy', 'exec', 'copy', 'facts', 'bootstrap'] as const;
