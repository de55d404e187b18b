-- lock_checkpoint.sql: taken last, so that writers wait for each other as short as can be.
SELECT high_position FROM projection_checkpoints WHERE projection = 'read_models' FOR UPDATE;
