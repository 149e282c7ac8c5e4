/** That of Prometheus, and the older one that hosted services have. */
export const REMOTE_READ_PATHS: ReadonlySet<string> = new Set(['/api/v1/read', '/api/prom_read']);
