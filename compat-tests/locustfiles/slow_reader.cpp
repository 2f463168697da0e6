// Reads the events of support/llm_server.py more slowly than it sends them.

#include <cppworker/locust.hpp>
#include <cppworker/server_events.hpp>

using namespace cppworker;

template <class Base>
struct Reader : Base {
  void read() {
    const Response response = this->client().post(
        "/v1/chat/completions", {.name = "chat",
                                 .json = {{"stream", true},
                                          {"stream_options", {{"include_usage", true}}},
                                          {"max_tokens", 5}},
                                 .stream = true});
    for ([[maybe_unused]] const ServerEvent& event : sse(response)) sleep_for(200ms);
  }
};

struct HttpReader : Reader<HttpUser> {
  static constexpr auto tasks() { return task_list(task<&HttpReader::read>()); }
};

struct FastReader : Reader<FastHttpUser> {
  static constexpr auto tasks() { return task_list(task<&FastReader::read>()); }
};

CPPWORKER_LOCUSTFILE(HttpReader, FastReader)
