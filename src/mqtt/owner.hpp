#pragma once

#include <functional>
#include <string_view>

#include <cppworker/mqtt_client.hpp>
#include <cppworker/value.hpp>

#include "coro/coroutine.hpp"

namespace cppworker::mqtt {

/// Whom a client belongs to: an MqttUser. Its functions run the author's code, on the scheduler's
/// own stack or in a coroutine. They don't throw.
class Owner {
 public:
  virtual ~Owner() = default;
  virtual void take_message(const MqttMessage& message) = 0;
  /// Runs author's code. Reports what it throws.
  virtual void run_guarded(std::string_view place, const std::function<void()>& function) = 0;
  /// User::context().
  [[nodiscard]] virtual Value::Map context() = 0;
  /// For the coroutine that connects again.
  [[nodiscard]] virtual coro::Label label() const = 0;
};

}  // namespace cppworker::mqtt
