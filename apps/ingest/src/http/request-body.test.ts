import { expect, it } from 'vitest';
import { ByteBudget } from './byte-budget.ts';
import { collectBody, noRoomForRead } from './request-body.ts';
import { TestExchange } from './test-exchange.ts';

const TWO_CHUNKS = [Uint8Array.of(1, 2, 3), Uint8Array.of(4, 5)];

/** @returns the bytes that are handed over, or the code of the refusal; each once */
function collect(contentLength: number | null, bytesMax: number, budgetBytes: number): string[] {
  const events: string[] = [];
  collectBody(new TestExchange({ contentLength }, TWO_CHUNKS).asExchange, {
    bytesMax,
    share: new ByteBudget(budgetBytes).open(),
    onBody: (body) => events.push(body.join(' ')),
    onRefused: ({ code }) => events.push(code),
  });
  return events;
}

it.each([
  ['hands over a body that fits', null, 5, 5, '1 2 3 4 5'],
  ['refuses one that is declared too large', 6, 5, 5, 'ERR_REQUEST_BODY_BYTES_MAX'],
  ['refuses one that grows too large', null, 4, 5, 'ERR_REQUEST_BODY_BYTES_MAX'],
  ['refuses one that the budget has no room for', null, 5, 4, 'ERR_QUERY_BYTES_IN_FLIGHT_MAX'],
])('%s', (_what, contentLength, bytesMax, budgetBytes, event) => {
  expect(collect(contentLength, bytesMax, budgetBytes)).toEqual([event]);
});

it('says how many remote reads wait', () => {
  expect(noRoomForRead(7)).toMatchObject({ code: 'ERR_READ_QUEUE_FULL', context: { waiting: 7 } });
});
