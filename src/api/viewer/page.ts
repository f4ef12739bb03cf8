/** The page for this version of the server. */
export function page(version: string): string {
  return `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <title>Commissaire: REST API</title>
    <link rel="icon" href="data:,">
    <link rel="stylesheet" href="/docs/swagger-ui.css?v=${version}">
    <script defer src="/docs/swagger-ui-bundle.js?v=${version}"></script>
    <script defer src="/docs/viewer.js?v=${version}"></script>
  </head>
  <body>
    <div id="viewer"></div>
  </body>
</html>
`;
}

/** Shows the document. The viewer's validator is off: it is a service on the internet. */
export const start = `SwaggerUIBundle({
  url: '/openapi.json',
  dom_id: '#viewer',
  deepLinking: true,
  docExpansion: 'none',
  defaultModelsExpandDepth: 0,
  validatorUrl: null,
  presets: [SwaggerUIBundle.presets.apis],
});
`;
