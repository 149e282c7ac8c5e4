/** What the log says of a request that took long. */
import type { Logger } from '../logger.ts';
import type { SlowRequest } from './request-ledger.ts';

/** Headers by which Grafana says what it asks for. */
const DASHBOARD_HEADERS = ['x-dashboard-uid', 'x-panel-id', 'x-grafana-org-id', 'x-rule-uid', 'fromalert'];
const HEADER_CHARACTERS_MAX = 200;

export function logSlowRequest(logger: Logger, slow: SlowRequest): void {
  const { request, asked, asker, instance, durationMs, status, bytes, cost } = slow;
  logger.warn(
    {
      path: request.path,
      query: asked.query,
      startMs: asked.startMs,
      endMs: asked.endMs,
      stepMs: asked.stepMs,
      instance,
      user: asker.user,
      remoteAddress: asker.remoteAddress,
      dashboard: dashboardOf(request.headers),
      status,
      samplesRead: cost?.samplesRead ?? null,
      samplesPeak: cost?.samplesPeak ?? null,
      bytes,
      durationMs: Math.round(durationMs),
    },
    'slow query',
  );
}

function dashboardOf(headers: SlowRequest['request']['headers']): Record<string, string> {
  const found: Record<string, string> = {};
  for (const name of DASHBOARD_HEADERS) {
    const value = headers.get(name);
    if (value !== undefined) found[name] = value.slice(0, HEADER_CHARACTERS_MAX);
  }
  return found;
}
