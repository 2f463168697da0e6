// Streamed chat completions (SSE). The times to the first and to the last token are own rows.
#include <cppworker/locust.hpp>

using namespace cppworker;
using Clock = std::chrono::steady_clock;

const std::string model = env("LLM_MODEL", "small");
const std::vector<std::string> prompts = {"Tell me a joke", "Translate 'good morning' into French",
                                          "Write a very long story", "Forbidden words"};

struct ChatCompletionUser : HttpUser {
  static constexpr WaitTime wait_time = constant_pacing(250ms);

  void on_start() override { client().headers["Authorization"] = "Bearer " + env("LLM_API_KEY"); }

  void report(const char* name, Clock::time_point start, int tokens) {
    environment().events.request.fire({.request_type = "LLM",
                                       .name = name,
                                       .response_time = Clock::now() - start,
                                       .response_length = tokens});
  }

  void list_models() { client().get("/v1/models"); }

  void embed() {
    const Value input = Value::List{prompts[randint(0, 1)], prompts[randint(2, 3)]};
    client().post("/v1/embeddings", {.json = {{"model", model}, {"input", input}}});
  }

  void ask() {
    const Value question{{"role", "user"}, {"content", choice(prompts)}};
    Value body{{"model", model}, {"stream", true}, {"temperature", 0.5}, {"max_tokens", 64}};
    body["messages"] = history;
    body["messages"].push_back(question);
    std::string answer;
    int tokens = 0;
    const auto start = Clock::now();
    const auto read = [&](CatchResponse& response) {
      if (response.status_code != 200) {
        const std::string reason = response.headers.get("X-Error", "unknown");
        return response.failure(std::to_string(response.status_code) + " " + reason);
      }
      for (std::string_view line : response.iter_lines()) {
        if (!line.starts_with("data: ")) continue;
        if (line == "data: [DONE]") return;
        const Value event = parse_json(line.substr(6));
        if (event.contains("usage")) tokens = event["usage"]["completion_tokens"].get<int>();
        for (const Value& choice : event["choices"]) {
          const std::string text = choice["delta"].get("content", "");
          if (!text.empty() && answer.empty()) report("time to first token", start, 0);
          answer += text;
        }
      }
      response.failure("the stream ended early");
    };
    const RequestOptions options{.json = body, .stream = true};
    if (client().post("/v1/chat/completions", options, read).status_code != 200) return;
    report("total", start, tokens);
    history = Value::List{history[0], question, {{"role", "assistant"}, {"content", answer}}};
  }

  static constexpr auto tasks() {
    using Self = ChatCompletionUser;
    return task_list(task<&Self::list_models>(), task<&Self::embed>(),
                     task<&Self::ask>({.weight = 4}));
  }

  Value history = Value::List{{{"role", "system"}, {"content", "You are brief."}}};
};

CPPWORKER_LOCUSTFILE(ChatCompletionUser)
