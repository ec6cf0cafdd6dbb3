/** EC2 and what only masters, consoles and `init` need; the heaviest of the clients, so that workers do without. */
export { Ec2Compute } from '../aws/ec2-compute.ts';
export { Ec2Prices } from '../aws/ec2-prices.ts';
export { initDeployment } from '../aws/setup/init.ts';
