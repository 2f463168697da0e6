#include "websocket/handshake.hpp"

#include <algorithm>
#include <charconv>
#include <optional>

#include <openssl/evp.h>

#include "text/ascii_case.hpp"
#include "text/base64.hpp"
#include "text/trimmed.hpp"

namespace cppworker::websocket {

namespace {

constexpr std::string_view kDeflate = "permessage-deflate";

/// Removes the text up to the separator and returns it, trimmed.
std::string_view take_item(std::string_view& list, char separator) {
  const std::size_t end = std::min(list.find(separator), list.size());
  const std::string_view item = list.substr(0, end);
  list.remove_prefix(std::min(end + 1, list.size()));
  return text::trimmed(item);
}

/// All headers of that name, joined by commas. @param wanted in lower case
std::string joined(const ResponseHeaders& headers, std::string_view wanted) {
  std::string values;
  for (const auto& [name, value] : headers.items()) {
    if (text::to_lower(name) == wanted) {
      values.append(values.empty() ? "" : ",").append(value);
    }
  }
  return values;
}

/// @param token in lower case
bool has_token(std::string_view list, std::string_view token) {
  while (!list.empty()) {
    if (text::to_lower(take_item(list, ',')) == token) return true;
  }
  return false;
}

std::optional<int> window_bits(std::string_view value) {
  if (value.size() > 1 && value.front() == '"' && value.back() == '"') {
    value = value.substr(1, value.size() - 2);
  }
  int bits = 0;
  const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), bits);
  const bool valid = error == std::errc{} && end == value.data() + value.size();
  return valid && bits >= 8 && bits <= 15 ? std::optional(bits) : std::nullopt;
}

/// False: the server's parameters are not an answer to the offer.
bool accept_deflate(const Offer& offer, std::string_view parameters, Agreement& agreement) {
  bool keeps_context = true;
  while (!parameters.empty()) {
    std::string_view value = take_item(parameters, ';');
    const std::string_view name = take_item(value, '=');
    if (name == "server_no_context_takeover") {
      keeps_context = false;
    } else if (name == "client_max_window_bits" || name == "server_max_window_bits") {
      const std::optional<int> bits = window_bits(text::trimmed(value));
      if (!bits) return false;
      if (name == "client_max_window_bits") agreement.client_window_bits = *bits;
    } else if (name != "client_no_context_takeover") {
      return false;
    }
  }
  if (keeps_context && !offer.server_context) return false;
  agreement.compression = keeps_context ? Compression::kWithContext : Compression::kPerMessage;
  return true;
}

std::string check_extensions(const Offer& offer, std::string_view extensions,
                             Agreement& agreement) {
  while (!extensions.empty()) {
    std::string_view parameters = take_item(extensions, ',');
    const std::string_view name = take_item(parameters, ';');
    if (name.empty()) continue;
    if (!offer.compression || name != kDeflate || agreement.compression != Compression::kNone ||
        !accept_deflate(offer, parameters, agreement)) {
      return "the server chose an extension that was not offered";
    }
  }
  return "";
}

}  // namespace

std::string handshake_key(const std::array<std::uint64_t, 2>& random) {
  return text::base64_encoded({reinterpret_cast<const char*>(random.data()), sizeof random});
}

std::string handshake_accept(std::string_view key) {
  const std::string text = std::string(key) + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned int size = 0;
  EVP_Digest(text.data(), text.size(), digest.data(), &size, EVP_sha1(), nullptr);
  return text::base64_encoded({reinterpret_cast<const char*>(digest.data()), size});
}

Pairs request_headers(const Offer& offer) {
  Pairs headers{{"Connection", "Upgrade"},
                {"Upgrade", "websocket"},
                {"Sec-WebSocket-Version", "13"},
                {"Sec-WebSocket-Key", offer.key}};
  if (!offer.subprotocols.empty()) {
    std::string list;
    for (const std::string& name : offer.subprotocols) {
      list.append(list.empty() ? "" : ", ").append(name);
    }
    headers.emplace_back("Sec-WebSocket-Protocol", std::move(list));
  }
  if (offer.compression) {
    headers.emplace_back("Sec-WebSocket-Extensions",
                         std::string(kDeflate) +
                             "; client_no_context_takeover; client_max_window_bits" +
                             (offer.server_context ? "" : "; server_no_context_takeover"));
  }
  return headers;
}

Agreement check_response(const Offer& offer, const ResponseHeaders& response) {
  Agreement agreement;
  if (!has_token(joined(response, "upgrade"), "websocket")) {
    agreement.error = "the response has no Upgrade: websocket";
  } else if (!has_token(joined(response, "connection"), "upgrade")) {
    agreement.error = "the response has no Connection: Upgrade";
  } else if (text::trimmed(response.get("Sec-WebSocket-Accept", "")) !=
             handshake_accept(offer.key)) {
    agreement.error = "Sec-WebSocket-Accept is wrong";
  } else {
    agreement.subprotocol = joined(response, "sec-websocket-protocol");
    if (!agreement.subprotocol.empty() &&
        std::ranges::find(offer.subprotocols, agreement.subprotocol) == offer.subprotocols.end()) {
      agreement.error = "the server chose a subprotocol that was not offered";
    } else {
      agreement.error =
          check_extensions(offer, joined(response, "sec-websocket-extensions"), agreement);
    }
  }
  return agreement;
}

}  // namespace cppworker::websocket
