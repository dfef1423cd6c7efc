-- SPDX-License-Identifier: MIT
-- What the programs that run the scenario in a host begin with.
local common = {}

--- A host for the scenario: the file that is uploaded is named in the environment.
function common.host(name, tick)
  return { name = name, tick = tick, file = os.getenv("SCENARIO_FILE"),
    sha256 = os.getenv("SCENARIO_SHA256"),
    say = function(line)
      io.stdout:write(line, "\n")
      io.stdout:flush()
    end }
end

return common
