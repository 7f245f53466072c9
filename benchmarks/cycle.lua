-- SQS's cycle for wrk: send a message, receive it, delete it. Arguments: the queue's URL.
-- What is sent next follows from what is there: a handle to delete, a message to receive, else a message to send.
local url
local handles = {}
local waiting = 0
local headers = {
  ["Content-Type"] = "application/x-amz-json-1.0",
  ["Authorization"] = "AWS4-HMAC-SHA256 Credential=test/20260101/us-east-1/sqs/aws4_request, SignedHeaders=host, Signature=0",
}

local function call(operation, members)
  headers["X-Amz-Target"] = "AmazonSQS." .. operation
  return wrk.format("POST", "/", headers, '{"QueueUrl":"' .. url .. '"' .. members .. "}")
end

function init(args)
  url = args[1]
end

function request()
  if #handles > 0 then
    return call("DeleteMessage", ',"ReceiptHandle":"' .. table.remove(handles) .. '"')
  end
  if waiting > 0 then
    waiting = waiting - 1
    return call("ReceiveMessage", "")
  end
  return call("SendMessage", ',"MessageBody":"a message of the usual length, about fifty bytes"')
end

function response(status, response_headers, body)
  if body:find("MD5OfMessageBody", 1, true) then
    waiting = waiting + 1
  end
  local handle = body:match('"ReceiptHandle":"([^"]+)"')
  if handle then
    handles[#handles + 1] = handle
  end
end
