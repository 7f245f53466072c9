-- One request over and over, for wrk. Arguments: method, path, body's file ("" for none), then headers as "Name: value".
-- "{n}" in the path or the body becomes a number that is new each time.
local method, path, body
local headers = {}
local count = 0
local thread_number = 0

function setup(thread)
  thread:set("thread_number", thread_number)
  thread_number = thread_number + 1
end

function init(args)
  method, path = args[1], args[2]
  if args[3] ~= "" then
    local file = assert(io.open(args[3], "rb"))
    body = file:read("*a")
    file:close()
  end
  for i = 4, #args do
    local name, value = args[i]:match("^([^:]+): (.*)$")
    headers[name] = value
  end
  path_varies = path:find("{n}", 1, true) ~= nil
  body_varies = body ~= nil and #body < 65536 and body:find("{n}", 1, true) ~= nil
  if not path_varies and not body_varies then
    prepared = wrk.format(method, path, headers, body)
  end
end

function request()
  if prepared then
    return prepared
  end
  count = count + 1
  local number = tostring(count)
  local this_path = path_varies and path:gsub("{n}", number) or path
  local this_body = body_varies and body:gsub("{n}", number) or body
  return wrk.format(method, this_path, headers, this_body)
end
