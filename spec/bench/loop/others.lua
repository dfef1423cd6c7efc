-- The commands of the programs that do the same beside an idle host: what remains of a figure
-- with them is the share of the machine, which has a client and its server on few cores.
-- SPDX-License-Identifier: MIT

local others = {}

--- job has https (the port), ca_file, size and file.
function others.upload(job)
  return { "curl", "--silent", "--show-error", "--fail", "--cacert", job.ca_file,
    "--form", "file=@" .. job.file .. ";type=application/octet-stream", "--output", "/dev/null",
    ("https://127.0.0.1:%d/upload/%.0f/files"):format(job.https, job.size) }
end

function others.stream(job)
  local head = ("CONNECT /stream/%.0f HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"):format(job.size)
  return { "build/bench/launch", "-i", head, "socat", "-b", "262144", "-t", "0",
    "STDIN!!OPEN:/dev/null,wronly",
    ("OPENSSL:127.0.0.1:%d,verify=1,cafile=%s"):format(job.https, job.ca_file) }
end

return others
