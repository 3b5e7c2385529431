-- Answers for a day; what they were about stays.
-- derived: idempotent_request
DROP TABLE "idempotent_request";
