// scimmy and scimmy-routers as they come, over a map in memory: what happens here is only keeping and showing.
// `node server.js PORT TOKEN` prints its address on stdout and every request as a line of JSON on stderr.
import crypto from "node:crypto";
import express from "express";
import SCIMMY from "scimmy";
import SCIMMYRouters from "scimmy-routers";

const [port, token] = process.argv.slice(2);
const taken = (value) => new SCIMMY.Types.Error(409, "uniqueness", `${value} exists already.`);

function keep(Resource, name) {
    const held = new Map();
    return SCIMMY.Resources.declare(Resource)
        .ingress((resource, data) => {
            const same = (one) => String(one[name]).toLowerCase() === String(data[name]).toLowerCase();
            if ([...held.values()].some((one) => same(one) && one.id !== resource.id)) throw taken(name);
            if (resource.id && !held.has(resource.id)) throw new SCIMMY.Types.Error(404, null, `No ${resource.id}.`);
            const now = new Date().toISOString();
            const id = resource.id ?? crypto.randomUUID();
            const created = held.get(id)?.meta.created ?? now;
            const plain = JSON.parse(JSON.stringify(data));
            held.set(id, { ...plain, id, meta: { ...plain.meta, created, lastModified: now } });
            return held.get(id);
        })
        .egress((resource) => {
            if (!resource.id) return resource.filter?.match([...held.values()]) ?? [...held.values()];
            if (held.has(resource.id)) return held.get(resource.id);
            throw new SCIMMY.Types.Error(404, null, `No ${resource.id}.`);
        })
        .degress((resource) => {
            if (!held.delete(resource.id)) throw new SCIMMY.Types.Error(404, null, `No ${resource.id}.`);
        });
}

keep(SCIMMY.Resources.User, "userName").extend(SCIMMY.Schemas.EnterpriseUser, false);
keep(SCIMMY.Resources.Group, "displayName");

const app = express();
app.use((request, response, next) => {
    response.on("finish", () => {
        const { method, originalUrl: path, body } = request;
        console.error(JSON.stringify({ method, path, status: response.statusCode, body }));
    });
    next();
});
app.use("/scim", new SCIMMYRouters({
    type: "bearer",
    handler: (request) => {
        if (request.header("Authorization") !== `Bearer ${token}`) throw new Error("The token is wrong.");
        return "gateway";
    },
}));
const server = app.listen(Number(port), "127.0.0.1", () => {
    console.log(`scimmy on http://127.0.0.1:${server.address().port}/scim`);
});
