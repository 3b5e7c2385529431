-- With the horizon goes the knowledge of what was removed: without it, a question about the past would get a wrong answer.
DROP TABLE "pruned_file";
DROP TABLE "retention";
DROP FUNCTION "keep_horizon"();
