import styles from 'swagger-ui-dist/swagger-ui.css' with { type: 'file' };
import bundle from 'swagger-ui-dist/swagger-ui-bundle.js' with { type: 'file' };

/** The paths of the viewer's parts: in the compiled file, or in node_modules. */
export const assets = { bundle, styles };
