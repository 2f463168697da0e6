#pragma once

#include <string>
#include <string_view>

#include <cppworker/grpc_result.hpp>

#include "coro/clock.hpp"

namespace cppworker::grpc {

/// Throws std::invalid_argument if the metadata can't be sent; the text says what to change.
void check_metadata(const GrpcMetadata& metadata);
/// Throws std::invalid_argument if it is not "/package.Service/Method", or too long.
void check_path(std::string_view path);

/// The values of names that end with "-bin" are sent in base64.
[[nodiscard]] bool is_binary(std::string_view name);
[[nodiscard]] std::string encoded_value(std::string_view bytes);
/// Adds a received field. Ignores those of the protocol itself and values that are not base64.
void append_received(GrpcMetadata& metadata, std::string_view name, std::string_view value);

/// The text of the field grpc-message: percent-encoded UTF-8. As valid UTF-8.
[[nodiscard]] std::string decoded_message(std::string_view grpc_message);

/// The field grpc-timeout: at most eight digits and a unit, rounded up.
/// @param timeout > 0
[[nodiscard]] std::string timeout_text(coro::Duration timeout);

}  // namespace cppworker::grpc
