-- Generated from River (see package job); do not edit.
DROP TABLE river_migration;
