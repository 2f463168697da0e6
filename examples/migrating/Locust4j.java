// A visitor of a shop for locust4j: the counterpart of shop.cpp.
import com.github.myzhan.locust4j.AbstractTask;
import com.github.myzhan.locust4j.Locust;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;

public class Locust4j extends AbstractTask {
  private static final String HOST = "http://127.0.0.1:8080";
  // All threads share the task object, and so the client.
  private final HttpClient client = HttpClient.newHttpClient();
  private final String name;
  private final String path;
  private final int weight;

  Locust4j(String name, String path, int weight) {
    this.name = name;
    this.path = path;
    this.weight = weight;
  }

  @Override
  public int getWeight() {
    return weight;
  }

  @Override
  public String getName() {
    return name;
  }

  @Override
  public void execute() throws Exception {
    String url = HOST + path.replace("[id]", String.valueOf((int) (Math.random() * 100)));
    long begin = System.currentTimeMillis();
    HttpResponse<String> response = client.send(
        HttpRequest.newBuilder(URI.create(url)).build(), HttpResponse.BodyHandlers.ofString());
    long milliseconds = System.currentTimeMillis() - begin;
    if (response.statusCode() >= 400) {
      Locust.getInstance().recordFailure("GET", path, milliseconds, "" + response.statusCode());
    } else {
      Locust.getInstance().recordSuccess("GET", path, milliseconds, response.body().length());
    }
    Thread.sleep(1000);
  }

  public static void main(String[] arguments) {
    Locust locust = Locust.getInstance();
    locust.setMasterHost("127.0.0.1");
    locust.setMasterPort(5557);
    locust.run(new Locust4j("frontPage", "/", 1), new Locust4j("viewItem", "/item?id=[id]", 3));
  }
}
