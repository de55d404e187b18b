// Run once by the official image, on an empty data directory: the user of the services, with their databases alone.
db.getSiblingDB("admin").createUser({
  user: "recours",
  pwd: process.env.RECOURS_MONGO_PASSWORD,
  roles: ["event_store", "audit", "notifications", "integration"].map((name) => ({ role: "readWrite", db: name })),
});
