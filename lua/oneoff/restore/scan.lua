-- The scanners, one a dialect: programs in awk that read a dump once, here or in the container.
-- SPDX-License-Identifier: MIT
--
-- Each prints facts, or as a filter (out = 1) what may reach the server. They need mawk, gawk or
-- busybox, and the locale C: what they read is bytes.

local facts = require "oneoff.restore.scan.facts"
local names = require "oneoff.restore.scan.names"
local choice = require "oneoff.restore.scan.choice"
local sql = require "oneoff.restore.scan.sql" .. require "oneoff.restore.scan.statement"
  .. require "oneoff.restore.scan.rows" .. names .. choice
  .. require "oneoff.restore.scan.chosen_sql"

local scan = {}

scan.programs = {
  postgresql = facts .. sql .. require "oneoff.restore.scan.postgresql"
    .. require "oneoff.restore.scan.chosen_postgresql",
  mysql = facts .. sql .. require "oneoff.restore.scan.mysql"
    .. require "oneoff.restore.scan.chosen_mysql",
  sqlite = facts .. sql .. require "oneoff.restore.scan.sqlite"
    .. require "oneoff.restore.scan.chosen_sqlite",
  redis = facts .. choice .. require "oneoff.restore.scan.redis",
  contents = facts .. names .. choice .. require "oneoff.restore.scan.contents"
    .. require "oneoff.restore.scan.chosen_contents",
}

return scan
