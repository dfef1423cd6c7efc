-- libuv's own socket for the hosts that have it: a coroutine waits for what its callback brings.
-- SPDX-License-Identifier: MIT

local uv_socket = {}

--- defer is how a callback goes on where the host lets coroutines run: oneoff does that too.
function uv_socket.connect(uv, port, defer)
  local connection, thread = uv.new_tcp(), coroutine.running()
  local chunks, is_waiting, is_over = {}, false, false
  local function go_on()
    if is_waiting then
      is_waiting = false
      assert(coroutine.resume(thread))
    end
  end
  local function wait()
    is_waiting = true
    coroutine.yield()
  end
  connection:connect("127.0.0.1", port, function(err)
    assert(not err, err)
    connection:read_start(function(_, chunk)
      chunks[#chunks + 1] = chunk
      is_over = not chunk
      defer(go_on)
    end)
    defer(go_on)
  end)
  wait()
  return {
    send = function(_, text) connection:write(text) end,
    receive = function()
      while #chunks == 0 and not is_over do wait() end
      return table.remove(chunks, 1)
    end,
    close = function() connection:close() end,
  }
end

return uv_socket
