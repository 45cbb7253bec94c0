SwaggerUIBundle({
  url: '/openapi.json',
  dom_id: '#docs',
  deepLinking: true,
  // Without it the document's address goes to a validator on another host.
  validatorUrl: null,
})
