// What the edge says of its REST interface, to read and to try out.
SwaggerUIBundle({
  dom_id: "#docs",
  url: "/openapi.json",
  deepLinking: true,
  displayRequestDuration: true,
  filter: true,
  // Nobody elsewhere is asked whether the document is valid.
  validatorUrl: null,
});
