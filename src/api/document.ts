import { Elysia } from './framework.ts';

/** The description of the API, made when it is first asked for. */
export function documentRoutes() {
  let written: Promise<string> | undefined;
  return new Elysia({ name: 'document' }).get('/openapi.json', async () => {
    written ??= write();
    return new Response(await written, { headers: { 'content-type': 'application/json' } });
  });
}

async function write(): Promise<string> {
  const { openApiDocument } = await import('./openapi/document.ts');
  return JSON.stringify(openApiDocument());
}
