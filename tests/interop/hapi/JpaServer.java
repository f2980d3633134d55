import ca.uhn.fhir.context.FhirContext;
import ca.uhn.fhir.context.support.IValidationSupport;
import ca.uhn.fhir.jpa.api.config.JpaStorageSettings;
import ca.uhn.fhir.jpa.api.dao.IFhirSystemDao;
import ca.uhn.fhir.jpa.provider.JpaCapabilityStatementProvider;
import ca.uhn.fhir.jpa.provider.JpaSystemProvider;
import ca.uhn.fhir.jpa.search.DatabaseBackedPagingProvider;
import ca.uhn.fhir.jpa.test.config.TestR4Config;
import ca.uhn.fhir.rest.api.EncodingEnum;
import ca.uhn.fhir.rest.server.HardcodedServerAddressStrategy;
import ca.uhn.fhir.rest.server.RestfulServer;
import ca.uhn.fhir.rest.server.provider.ResourceProviderFactory;
import ca.uhn.fhir.rest.server.util.ISearchParamRegistry;
import org.eclipse.jetty.ee10.servlet.ServletContextHandler;
import org.eclipse.jetty.ee10.servlet.ServletHolder;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;
import org.springframework.context.annotation.AnnotationConfigApplicationContext;

/**
 * HAPI FHIR's own JPA server, R4, over its in-memory database, as plain HTTP on loopback.
 *
 * <p>Arguments: the port to listen on, and the base URL that clients see. Nothing of how it answers is set here: the
 * database is the one of HAPI's own test configuration, the rest are the defaults of the library.
 */
public class JpaServer {
  public static void main(String[] arguments) throws Exception {
    int port = Integer.parseInt(arguments[0]);
    String base = arguments[1];
    TestR4Config.ourMaxThreads = 16; // connections of the pool: a random number unless it is set
    AnnotationConfigApplicationContext beans = new AnnotationConfigApplicationContext(TestR4Config.class);
    RestfulServer fhir = served(beans, base);
    Server server = new Server();
    ServerConnector connector = new ServerConnector(server);
    connector.setHost("127.0.0.1");
    connector.setPort(port);
    server.addConnector(connector);
    ServletContextHandler paths = new ServletContextHandler();
    paths.setContextPath("/");
    paths.addServlet(new ServletHolder(fhir), "/fhir/*");
    server.setHandler(paths);
    server.start();
    server.join();
  }

  private static RestfulServer served(AnnotationConfigApplicationContext beans, String base) {
    FhirContext context = beans.getBean(FhirContext.class);
    RestfulServer fhir = new RestfulServer(context);
    fhir.registerProviders(beans.getBean("myResourceProvidersR4", ResourceProviderFactory.class).createProviders());
    fhir.registerProvider(beans.getBean("mySystemProviderR4", JpaSystemProvider.class));
    fhir.setPagingProvider(beans.getBean(DatabaseBackedPagingProvider.class));
    fhir.setServerAddressStrategy(new HardcodedServerAddressStrategy(base));
    fhir.setDefaultResponseEncoding(EncodingEnum.JSON);
    JpaCapabilityStatementProvider statement =
        new JpaCapabilityStatementProvider(
            fhir,
            beans.getBean("mySystemDaoR4", IFhirSystemDao.class),
            beans.getBean(JpaStorageSettings.class),
            beans.getBean(ISearchParamRegistry.class),
            beans.getBean(IValidationSupport.class));
    statement.setImplementationDescription("HAPI FHIR JPA server under test");
    fhir.setServerConformanceProvider(statement);
    return fhir;
  }
}
