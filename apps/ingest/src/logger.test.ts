import { describe, expect, it } from 'vitest';
import { createLogger } from './logger.ts';

function logged(log: (logger: ReturnType<typeof createLogger>) => void): Record<string, unknown>[] {
  const lines: string[] = [];
  log(createLogger('info', { write: (line) => void lines.push(line) }));
  return lines.map((line) => JSON.parse(line) as Record<string, unknown>);
}

describe('createLogger', () => {
  it('writes ISO times and names of levels, from its level up', () => {
    const lines = logged((logger) => {
      logger.debug('no');
      logger.warn({ bytes: 5 }, 'yes');
    });
    expect(lines).toEqual([
      { level: 'warn', time: expect.stringMatching(/^\d{4}-.*Z$/) as string, bytes: 5, msg: 'yes' },
    ]);
  });

  it('writes no secrets, however deep', () => {
    const [line] = logged((logger) =>
      logger.info({
        secret: 's1',
        config: { bootstrapAccessKey: { accessKeyId: 'id', secret: 's2' } },
        request: { headers: { authorization: 's3' } },
        token: 's4',
      }),
    );
    expect(JSON.stringify(line)).not.toMatch(/s[1-4]/);
    expect(line).toMatchObject({
      config: { bootstrapAccessKey: { accessKeyId: 'id', secret: '[redacted]' } },
    });
  });
});
