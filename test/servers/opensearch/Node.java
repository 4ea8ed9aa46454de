import org.codelibs.opensearch.runner.OpenSearchRunner;

/** One OpenSearch node: `Node FOLDER HTTP_PORT TRANSPORT_PORT`. Runs until it is killed. */
public class Node {
  public static void main(String[] args) throws Exception {
    new OpenSearchRunner()
        .onBuild(
            (number, settings) ->
                settings
                    .put("http.port", args[1])
                    .put("transport.port", args[2])
                    .putList("node.roles", "cluster_manager", "data", "ingest"))
        .build(OpenSearchRunner.newConfigs().basePath(args[0]).clusterName("harmattan").numOfNode(1));
    Thread.currentThread().join();
  }
}
