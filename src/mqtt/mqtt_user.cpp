#include <random>
#include <stdexcept>
#include <string>
#include <utility>

#include <cppworker/environment.hpp>
#include <cppworker/mqtt_user.hpp>

#include "mqtt/client.hpp"
#include "mqtt/endpoint.hpp"
#include "user/life/guarded.hpp"
#include "user/life/user_class_state.hpp"
#include "user/life/user_run.hpp"
#include "user/shard.hpp"

namespace cppworker {

namespace {

/// The user whose code the client calls.
class MqttUserCode final : public mqtt::Owner {
 public:
  explicit MqttUserCode(MqttUser& user) : user_(user) {}

  void take_message(const MqttMessage& message) override {
    run_guarded("on_message", [this, &message] { user_.on_message(message); });
  }

  void run_guarded(std::string_view place, const std::function<void()>& function) override {
    detail::run_guarded(user_.environment(), &user_, place, function);
  }

  Value::Map context() override {
    Value::Map context;
    run_guarded("context", [this, &context] { context = user_.context(); });
    return context;
  }

  [[nodiscard]] coro::Label label() const override {
    return {.user_class = detail::UserRun::of(user_).class_state().user_class->name};
  }

 private:
  MqttUser& user_;
};

/// As Locust makes it.
std::string random_client_id(std::mt19937_64& random) {
  static constexpr std::string_view kAlphabet =
      "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";
  std::uniform_int_distribution<std::size_t> index(0, kAlphabet.size() - 1);
  std::string id = "locust-";
  for (int i = 0; i < 16; ++i) {
    id.push_back(kAlphabet[index(random)]);
  }
  return id;
}

/// Moves the texts to the settings: those of the user, or else of the class.
void merge_texts(MqttSettings& settings, MqttConnect& options, std::mt19937_64& random) {
  const auto prefer = [](std::string& text, std::string& of_user) {
    if (!of_user.empty()) {
      text = std::move(of_user);
    }
    of_user = {};
  };
  prefer(settings.client_id, options.client_id);
  prefer(settings.username, options.username);
  prefer(settings.password, options.password);
  if (settings.client_id.empty()) {
    settings.client_id = random_client_id(random);
  }
}

}  // namespace

MqttUser::MqttUser() = default;
MqttUser::~MqttUser() = default;

void MqttUser::begin(const MqttSettings& settings, bool connects) {
  mqtt::Client::Config config{.settings = settings, .options = connect_options()};
  merge_texts(config.settings, config.options, environment().shard().random);
  config.endpoint =
      mqtt::parse_endpoint(base_host(), settings.port, config.options.tls.has_value());
  client_ = std::make_unique<MqttClient>(std::make_unique<mqtt::Client>(
      environment(), std::make_unique<MqttUserCode>(*this), std::move(config)));
  if (connects) {
    client_->connect();
  }
}

void MqttUser::on_message(const MqttMessage& message) { client().keep(message); }

MqttClient& MqttUser::client() {
  if (client_ == nullptr) {
    throw std::logic_error(
        "client() can't be used in the constructor of an MqttUser. Use it in on_start() or in a "
        "task.");
  }
  return *client_;
}

}  // namespace cppworker
