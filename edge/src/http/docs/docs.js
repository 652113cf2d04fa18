"use strict";

/** Makes an element; strings become text, never markup. */
function element(tag, attributes, ...children) {
  const made = Object.assign(document.createElement(tag), attributes);
  made.append(...children);
  return made;
}

const content = document.getElementById("content");

/** A schema in a few words, its references followed. */
function typeOf(schema, api, depth = 0) {
  if (!schema || depth > 4) return "…";
  if (schema.$ref) return typeOf(follow(schema, api), api, depth);
  const options = schema.anyOf ?? schema.oneOf;
  if (options) return options.map((option) => typeOf(option, api, depth + 1)).join(" | ");
  if (schema.enum) return schema.enum.map((value) => JSON.stringify(value)).join(" | ");
  if ("const" in schema) return JSON.stringify(schema.const);
  const types = [].concat(schema.type ?? "any");
  return types
    .map((type) => {
      if (type === "array") return `[${typeOf(schema.items, api, depth + 1)}]`;
      if (type !== "object" || !schema.properties) return type;
      const indent = "  ".repeat(depth + 1);
      const fields = Object.entries(schema.properties).map(([name, field]) => {
        const mark = schema.required?.includes(name) ? "" : "?";
        return `${indent}${name}${mark}: ${typeOf(field, api, depth + 1)}`;
      });
      return `{\n${fields.join(",\n")}\n${"  ".repeat(depth)}}`;
    })
    .join(" | ");
}

function follow(schema, api) {
  return schema.$ref.slice(2).split("/").reduce((node, key) => node[key], api);
}

function parameters(operation, api) {
  if (operation.parameters.length === 0) return [];
  const rows = operation.parameters.map(({ name, in: where, required, schema }) =>
    element("tr", {},
      element("td", {}, element("code", {}, name)),
      element("td", {}, where + (required ? ", required" : "")),
      element("td", {}, element("code", {}, typeOf(schema, api))),
      element("td", {}, schema.description ?? "")));
  return [element("h4", {}, "Parameters"), element("table", {}, ...rows)];
}

/** A form that sends the request with the access token given above. */
function attempt(path, method, operation) {
  const inputs = operation.parameters.map(({ name, in: where }) => ({
    name, where, input: element("input", { placeholder: `${name} (${where})`, ariaLabel: name }),
  }));
  const body = operation.requestBody && element("textarea", { placeholder: "{}", ariaLabel: "body" });
  const output = element("pre", { hidden: true });
  const send = element("button", { type: "button" }, "Send");
  send.onclick = async () => {
    const query = new URLSearchParams();
    let url = path;
    for (const { name, where, input } of inputs) {
      if (where === "path") url = url.replace(`{${name}}`, encodeURIComponent(input.value));
      else if (input.value !== "") query.set(name, input.value);
    }
    if (query.size > 0) url += `?${query}`;
    const headers = {};
    const token = document.getElementById("token").value.trim();
    if (token !== "") headers.authorization = `Bearer ${token}`;
    if (body) headers["content-type"] = "application/json";
    output.hidden = false;
    try {
      const answer = await fetch(url, { method: method.toUpperCase(), headers, body: body ? body.value || "{}" : undefined });
      const text = await answer.text();
      let shown = text;
      try { shown = JSON.stringify(JSON.parse(text), null, 2); } catch { /* not JSON */ }
      output.textContent = `${answer.status} ${answer.statusText}\n${shown}`;
    } catch (error) {
      output.textContent = String(error);
    }
  };
  return [element("h4", {}, "Try it"), ...inputs.map(({ input }) => input), ...(body ? [body] : []), send, output];
}

function operationView(path, method, operation, api) {
  const body = operation.requestBody?.content["application/json"].schema;
  const responses = Object.entries(operation.responses).map(([status, { description, content: media }]) => {
    const schema = media?.["application/json"]?.schema;
    return element("tr", {},
      element("td", {}, status),
      element("td", {}, description),
      element("td", {}, schema ? element("pre", {}, typeOf(schema, api)) : ""));
  });
  return element("details", {},
    element("summary", {},
      element("span", { className: "method" }, method.toUpperCase()),
      element("code", {}, path), " ",
      element("span", { className: "note" }, operation.summary + (operation.security ? " (signed in)" : ""))),
    element("div", {},
      ...parameters(operation, api),
      ...(body ? [element("h4", {}, "Body"), element("pre", {}, typeOf(body, api))] : []),
      element("h4", {}, "Answers"),
      element("table", {}, ...responses),
      ...attempt(path, method, operation)));
}

async function show() {
  const api = await (await fetch("/openapi.json")).json();
  const groups = new Map();
  for (const [path, methods] of Object.entries(api.paths)) {
    for (const [method, operation] of Object.entries(methods)) {
      const tag = operation.tags[0];
      groups.set(tag, [...(groups.get(tag) ?? []), operationView(path, method, operation, api)]);
    }
  }
  content.replaceChildren(
    element("p", {}, api.info.description),
    element("label", {}, "Access token for trying", element("input", { id: "token", autocomplete: "off" })),
    ...[...groups].flatMap(([tag, operations]) => [element("h2", {}, tag), ...operations]));
}

show().catch((error) => content.replaceChildren(element("p", {}, `The document cannot be shown: ${error}`)));
