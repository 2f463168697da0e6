#include "app/locust_options.hpp"

#include <array>

namespace cppworker::app {

std::span<const LocustOption> options_of_others() {
  using enum LocustOption::Arity;
  static constexpr std::array kOptions = {
      LocustOption{"--web-host", "LOCUST_WEB_HOST", kValue},
      LocustOption{"--web-host-display-name", "LOCUST_WEB_HOST_DISPLAY_NAME", kValue},
      LocustOption{"-P,--web-port", "LOCUST_WEB_PORT", kValue},
      LocustOption{"--autoquit", "LOCUST_AUTOQUIT", kValue},
      LocustOption{"--headful", "LOCUST_HEADFUL", kFlag},
      LocustOption{"--web-login", "LOCUST_WEB_LOGIN", kFlag},
      LocustOption{"--tls-cert", "LOCUST_TLS_CERT", kValue},
      LocustOption{"--tls-key", "LOCUST_TLS_KEY", kValue},
      LocustOption{"--class-picker", "LOCUST_USERCLASS_PICKER", kFlag},
      LocustOption{"--build-path", "LOCUST_BUILD_PATH", kValue},
      LocustOption{"--master", "LOCUST_MODE_MASTER", kFlag},
      LocustOption{"--master-bind-host", "LOCUST_MASTER_BIND_HOST", kValue},
      LocustOption{"--master-bind-port", "LOCUST_MASTER_BIND_PORT", kValue},
      LocustOption{"--expect-workers", "LOCUST_EXPECT_WORKERS", kValue},
      LocustOption{"--expect-workers-max-wait", "LOCUST_EXPECT_WORKERS_MAX_WAIT", kValue},
      LocustOption{"--enable-rebalancing", "LOCUST_ENABLE_REBALANCING", kFlag},
      LocustOption{"--web-base-path", "LOCUST_WEB_BASE_PATH", kValue},
      LocustOption{"--profile", "", kValue},
      LocustOption{"--otel", "LOCUST_ENABLE_OPENTELEMETRY", kFlag},
  };
  return kOptions;
}

}  // namespace cppworker::app
