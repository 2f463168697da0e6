#include <atomic>

#include <cppworker/locust.hpp>
#include <cppworker/server_events.hpp>

using namespace cppworker;

const std::string model = env("LLM_MODEL", "small");
const std::string prompt = env("LLM_PROMPT", "Tell me a story.");
const int max_tokens = env("LLM_MAX_TOKENS", 256);

// Of all threads, for the line at the end.
std::atomic<std::int64_t> tokens_received = 0;
std::atomic<double> test_started = 0;

/// Asks a server with the interface of OpenAI (vLLM, Ollama, llama.cpp, …) and reads the answer as
/// it streams: `-H http://127.0.0.1:8000`.
class ChatUser : public FastHttpUser {
 public:
  static constexpr WaitTime wait_time = constant(1s);

  void on_start() override {
    if (const std::string key = env("LLM_API_KEY", ""); !key.empty()) {
      client().headers["Authorization"] = "Bearer " + key;
    }
  }

  void chat() {
    const Response response =
        client().post("/v1/chat/completions",
                      {.name = "chat",
                       .json = {{"model", model},
                                {"messages", Value::List{{{"role", "user"}, {"content", prompt}}}},
                                {"max_tokens", max_tokens},
                                {"stream", true},
                                {"stream_options", {{"include_usage", true}}}},
                       .stream = true});
    Milliseconds first{}, last{};
    std::int64_t tokens = 0;
    bool done = false;
    ServerEvents events = sse(response);
    for (const ServerEvent& event : events) {
      if (event.data == "[DONE]") {
        done = true;
        continue;  // the server ends the stream
      }
      const Value chunk = parse_json(event.data);
      if (!chunk.get("usage", Value{}).is_none()) {
        tokens = chunk["usage"]["completion_tokens"].get<std::int64_t>();
      }
      for (const Value& choice : chunk["choices"]) {
        if (choice["delta"].get("content", "").empty()) continue;
        if (first == Milliseconds{}) first = event.elapsed;
        last = event.elapsed;
      }
    }
    if (!done) events.failure("no [DONE]");
    if (first > Milliseconds{}) report("time to first token", first, 1);
    // 1000 divided by this time is the number of tokens per second of a stream.
    if (tokens > 1) report("time per token", (last - first) / (tokens - 1), tokens);
    tokens_received += tokens;
  }

  static constexpr auto tasks() { return task_list(task<&ChatUser::chat>()); }

 private:
  void report(const char* name, Milliseconds time, std::int64_t tokens) {
    environment().events.request.fire(
        {.request_type = "LLM", .name = name, .response_time = time, .response_length = tokens});
  }
};

void init(Environment& environment) {
  environment.events.test_start.add_listener([](const EnvironmentEvent&) {
    tokens_received = 0;
    test_started = unix_time();
  });
  environment.events.test_stop.add_listener([](const EnvironmentEvent&) {
    const double seconds = unix_time() - test_started;
    log_info(std::to_string(tokens_received) + " tokens, " +
             std::to_string(static_cast<double>(tokens_received) / seconds) + " tokens/s");
  });
}

CPPWORKER_LOCUSTFILE(ChatUser)
CPPWORKER_INIT(init)
