DROP TABLE "audit_entry";
DROP TABLE "api_key";
