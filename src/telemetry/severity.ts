/** OpenTelemetry's severity numbers, of the four that we use. */
export const SeverityNumber = { INFO: 9, WARN: 13, ERROR: 17, FATAL: 21 } as const;
