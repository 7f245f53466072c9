import com.amazonaws.client.builder.AwsClientBuilder.EndpointConfiguration;
import com.amazonaws.services.dynamodbv2.AmazonDynamoDB;
import com.amazonaws.services.dynamodbv2.AmazonDynamoDBClientBuilder;
import com.amazonaws.services.dynamodbv2.datamodeling.DynamoDBAttribute;
import com.amazonaws.services.dynamodbv2.datamodeling.DynamoDBHashKey;
import com.amazonaws.services.dynamodbv2.datamodeling.DynamoDBMapper;
import com.amazonaws.services.dynamodbv2.datamodeling.DynamoDBMapperConfig;
import com.amazonaws.services.dynamodbv2.datamodeling.DynamoDBTable;
import com.amazonaws.services.dynamodbv2.datamodeling.DynamoDBVersionAttribute;
import com.amazonaws.services.dynamodbv2.model.BillingMode;
import com.amazonaws.services.dynamodbv2.model.ConditionalCheckFailedException;
import com.amazonaws.services.dynamodbv2.util.TableUtils;

/** The mapper of version 1, which knows no AWS_ENDPOINT_URL: a table of its class, and a write that is too late. */
public final class Version1 {
    @DynamoDBTable(tableName = "replaced")
    public static final class Song {
        private String id;
        private int plays;
        private Long version;

        @DynamoDBHashKey
        public String getId() {
            return id;
        }

        public void setId(String id) {
            this.id = id;
        }

        @DynamoDBAttribute
        public int getPlays() {
            return plays;
        }

        public void setPlays(int plays) {
            this.plays = plays;
        }

        @DynamoDBVersionAttribute
        public Long getVersion() {
            return version;
        }

        public void setVersion(Long version) {
            this.version = version;
        }
    }

    private Version1() {
    }

    static void run() throws InterruptedException {
        String table = Scenario.prefix + "-mapped";
        AmazonDynamoDB dynamodb = AmazonDynamoDBClientBuilder.standard().withEndpointConfiguration(
            new EndpointConfiguration(System.getenv("AWS_ENDPOINT_URL"), System.getenv("AWS_REGION"))).build();
        DynamoDBMapper mapper = new DynamoDBMapper(dynamodb, DynamoDBMapperConfig.builder()
            .withTableNameOverride(DynamoDBMapperConfig.TableNameOverride.withTableNameReplacement(table)).build());
        TableUtils.createTableIfNotExists(
            dynamodb, mapper.generateCreateTableRequest(Song.class).withBillingMode(BillingMode.PAY_PER_REQUEST));
        TableUtils.waitUntilActive(dynamodb, table);
        Song song = new Song();
        song.setId("1");
        song.setPlays(3);
        mapper.save(song);
        Song late = mapper.load(Song.class, "1");
        Scenario.equal(late.getPlays(), 3);
        mapper.save(song);
        Scenario.thrown(ConditionalCheckFailedException.class, () -> mapper.save(late));
        dynamodb.deleteTable(table);
    }
}
