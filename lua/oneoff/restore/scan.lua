-- The scanners, one a dialect: programs in awk that read a dump once, here or in the container.
-- SPDX-License-Identifier: MIT

local facts = require "oneoff.restore.scan.facts"
local sql = require "oneoff.restore.scan.sql"

local scan = {}

scan.programs = {
  postgresql = facts .. sql .. require "oneoff.restore.scan.postgresql",
  mysql = facts .. sql .. require "oneoff.restore.scan.mysql",
}

return scan
