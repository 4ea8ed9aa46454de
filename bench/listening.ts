import { request } from 'node:http';

/** One listener of `/api/v1/live` on a connection of its own; `onEvent` gets the parsed `data:` of each event. */
export async function listen(
  url: string,
  onEvent: (event: string, data: unknown) => void = () => {},
): Promise<{ close(): void }> {
  const asked = request(`${url}/api/v1/live`, { agent: false });
  await new Promise<void>((resolve, reject) => {
    asked.on('error', reject);
    asked.on('response', (response) => {
      if (response.statusCode !== 200) return reject(new Error(`The listener was answered ${response.statusCode}.`));
      let text = '';
      response.on('error', () => {});
      response.setEncoding('utf8').on('data', (chunk: string) => {
        resolve();
        const blocks = (text + chunk).split('\n\n');
        text = blocks.pop() ?? '';
        for (const block of blocks) {
          const event = /^event: (.*)$/m.exec(block)?.[1];
          const data = /^data: (.*)$/m.exec(block)?.[1];
          if (event !== undefined && data !== undefined) onEvent(event, JSON.parse(data));
        }
      });
    });
    asked.end();
  });
  asked.on('error', () => {});
  return { close: () => asked.destroy() };
}
