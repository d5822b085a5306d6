/** Shows /openapi.json. No validator badge: it would ask a server elsewhere. */
globalThis.SwaggerUIBundle({ url: '/openapi.json', dom_id: '#docs', validatorUrl: null, deepLinking: true });
